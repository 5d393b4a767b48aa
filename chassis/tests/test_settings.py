"""Settings come from the environment or from files; an entry of an object may come alone."""

from pathlib import Path

import pytest

from chassis.settings import ServiceSettings


def settings(files: Path | None = None) -> ServiceSettings:
    return ServiceSettings(database_url="postgresql://db", secret_key="s" * 32, _secrets_dir=files)


def test_callers_come_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLER_KEYS__TOPICS", "12345")
    monkeypatch.setenv("CALLER_KEYS__WEB", '{"key"}')
    assert settings().caller_keys == {"topics": "12345", "web": '{"key"}'}


def test_callers_come_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLER_KEYS", '{"topics": "a", "messages": "b"}')
    assert settings().caller_keys == {"topics": "a", "messages": "b"}
    monkeypatch.setenv("CALLER_KEYS__TOPICS", "c")
    assert settings().caller_keys == {"topics": "c", "messages": "b"}


def test_callers_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "caller_keys").write_text('{"topics": "a"}')
    assert settings(tmp_path).caller_keys == {"topics": "a"}
    monkeypatch.setenv("CALLER_KEYS__MESSAGES", "b")
    assert settings(tmp_path).caller_keys == {"topics": "a", "messages": "b"}


def test_the_environment_goes_before_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "issuer").write_text("file")
    assert settings(tmp_path).issuer == "file"
    monkeypatch.setenv("ISSUER", "environment")
    assert settings(tmp_path).issuer == "environment"
