#!/usr/bin/env python3
"""Prints a task definition with its placeholders filled in, as `aws ecs register-task-definition` takes it.

    python3 ecs/render.py ecs/tasks/users.json NAME=forum REGION=eu-central-1 IMAGE=…

With COLLECTOR_IMAGE a service has a collector of traces beside it: ecs/collector.json.
Needs nothing but Python 3.9. Values are put into the strings of the parsed file, so that none of them can
change its structure. Values of other task definitions may be given too.
"""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

PLACEHOLDER = re.compile(r"\$\{([A-Z_]+)\}")
BY_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
COLLECTOR = Path(__file__).with_name("collector.json")
LABEL = "forum.definition"  # a digest of all the rest: equal digests need no new revision


class Refused(Exception):
    """The message is one line that says what is wrong with the file or the values."""


def main(arguments: list[str]) -> None:
    """Prints the rendered file, or ends with 1 and a line that says why not."""
    if len(arguments) < 1 or {"-h", "--help"} & set(arguments):
        sys.exit("usage: render.py FILE KEY=VALUE…")
    try:
        print(rendered(Path(arguments[0]), values_from(arguments[1:])))
    except (Refused, OSError) as error:
        sys.exit(f"render.py: {error}")


def values_from(pairs: list[str]) -> dict[str, str]:
    """KEY=VALUE… as a dictionary."""
    for pair in pairs:
        if "=" not in pair:
            raise Refused(f"{pair} is not KEY=VALUE")
    return {key: value for key, _, value in (pair.partition("=") for pair in pairs)}


def rendered(file: Path, values: dict[str, str]) -> str:
    """The file as JSON, complete. Refused for a placeholder without a value, and for a value that no file
    beside it has a placeholder for."""
    text = file.read_text(encoding="utf-8")
    known: set[str] = set()
    for other in (*file.parent.glob("*.json"), COLLECTOR):
        known |= set(PLACEHOLDER.findall(other.read_text(encoding="utf-8")))
    unknown = sorted(set(values) - known)
    if unknown:
        raise Refused(f"no task definition has a placeholder {', '.join(unknown)}")
    if "${" in PLACEHOLDER.sub("", text):
        raise Refused(f"{file.name} has a ${{ that begins no placeholder")
    template = json.loads(text)
    (application,) = template["containerDefinitions"]
    if values.get("COLLECTOR_IMAGE") and "portMappings" in application:
        template = with_collector(template, json.loads(COLLECTOR.read_text(encoding="utf-8")))
        values = {**values, "APP": application["name"]}
    missing = sorted(key for key in set(PLACEHOLDER.findall(json.dumps(template))) if not values.get(key))
    if missing:
        raise Refused(f"{file.name} needs a value for {', '.join(missing)}")
    if not BY_DIGEST.search(values["IMAGE"]):
        raise Refused(f"IMAGE is {values['IMAGE']}: name it by its digest, REPOSITORY@sha256:…")
    definition = filled(template, values)
    digest = hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()
    for container in definition["containerDefinitions"]:
        container["dockerLabels"] = {LABEL: digest}
    return json.dumps(definition, indent=2)


def with_collector(template: dict[str, Any], beside: dict[str, Any]) -> dict[str, Any]:
    """A service's task definition with a collector in it, which starts before the application and ends after
    it, and without which the application goes on."""
    (application,) = template["containerDefinitions"]
    told = {
        "environment": [*application["environment"], *beside["application"]["environment"]],
        "dependsOn": beside["application"]["dependsOn"],
    }
    containers = [{**application, **told}, beside["collector"]]
    return {**template, "taskRoleArn": beside["taskRoleArn"], "containerDefinitions": containers}


def filled(part: Any, values: dict[str, str]) -> Any:
    """The same with values in place of placeholders, in every string."""
    if isinstance(part, dict):
        return {key: filled(value, values) for key, value in part.items()}
    if isinstance(part, list):
        return [filled(value, values) for value in part]
    if isinstance(part, str):
        return PLACEHOLDER.sub(lambda found: values[found[1]], part)
    return part


if __name__ == "__main__":
    main(sys.argv[1:])
