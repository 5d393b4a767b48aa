"""Settings classes and READMEs agree: the same names, the same defaults."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from architecture.projects import ROOT, SERVICES, SETTINGS
from pydantic_settings import BaseSettings

READMES = [("README.md", name) for name in SETTINGS] + [
    (f"services/{service}/README.md", service) for service in SERVICES
]


def table(readme: Path) -> dict[str, str]:
    """The default of each setting as the table under "Settings" writes it."""
    section = readme.read_text().split("\n## Settings\n")[1].split("\n## ")[0]
    found: dict[str, str] = {}
    for names, defaults in re.findall(r"^\| (`[A-Z].*?) \| (.*?) \|", section, re.M):
        named = re.findall(r"`([A-Z_]+)`", names)
        written = re.findall(r"`(.+?)`|([^\s,]+)", defaults)
        texts = [quoted or plain for quoted, plain in written]
        found |= dict(zip(named, texts if len(texts) > 1 else texts * len(named), strict=True))
    return found


def default(settings: type[BaseSettings], name: str) -> str:
    """As a README writes it: a dash where a value must be given."""
    field = settings.model_fields[name.lower()]
    if field.is_required():
        return "–"
    value: Any = field.get_default(call_default_factory=True)
    return value if isinstance(value, str) and value else json.dumps(value)


@pytest.mark.parametrize(("readme", "application"), READMES)
def test_the_defaults_in_a_readme_are_those_of_the_code(readme: str, application: str) -> None:
    settings = SETTINGS[application]
    written = {
        name: text for name, text in table(ROOT / readme).items() if name.lower() in settings.model_fields
    }
    assert written == {name: default(settings, name) for name in written}
    assert len(written) >= 10


@pytest.mark.parametrize("service", SERVICES)
def test_the_readme_of_a_service_names_all_of_its_settings_and_no_other(service: str) -> None:
    written = table(ROOT / f"services/{service}/README.md")
    assert set(written) == {name.upper() for name in SETTINGS[service].model_fields}


def test_the_main_readme_names_nothing_that_no_application_takes() -> None:
    taken = {name.upper() for settings in SETTINGS.values() for name in settings.model_fields}
    assert set(table(ROOT / "README.md")) <= taken


def test_no_secret_has_a_default() -> None:
    for application, settings in SETTINGS.items():
        for name in {"secret_key", "caller_key", "database_url"} & set(settings.model_fields):
            assert settings.model_fields[name].is_required(), f"{application}: {name}"
