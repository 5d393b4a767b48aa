"""Service Connect's names, which the emulator leaves out: `users`, `topics`, `messages` reach their tasks."""

import json
import subprocess
import threading
from signal import SIGTERM

from compose.project import DidNotWork, docker

from forum.hosting.lifeline import tied

SERVED = ["users", "topics", "messages"]
LABEL = "com.amazonaws.ecs."


class Mesh:
    """Connects every task of a service that is `SERVED` to its installation's network as soon as it starts.

    `networks` maps an installation to its network. One-off tasks stay outside, as on AWS.
    """

    def __init__(self, instance: str) -> None:
        self.instance = instance
        self.networks: dict[str, str] = {}

    def __enter__(self) -> "Mesh":
        wanted = ["type=container", "event=start", f"label=ministack.instance={self.instance}"]
        filters = [word for what in wanted for word in ("--filter", what)]
        watching = ["/usr/bin/env", "docker", "events", "--format", "{{json .Actor}}", *filters]
        self.events = subprocess.Popen(tied(SIGTERM, watching), stdout=subprocess.PIPE, text=True)
        self.watching = threading.Thread(target=self.watch, daemon=True)
        self.watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.events.terminate()
        self.watching.join()
        self.events.communicate()

    def watch(self) -> None:
        assert self.events.stdout is not None
        for line in self.events.stdout:
            started = json.loads(line)
            labels = started["Attributes"]
            name = labels[f"{LABEL}container-name"]
            installation = labels[f"{LABEL}task-definition-family"].removesuffix(f"-{name}")
            if name in SERVED:
                try:
                    docker("network", "connect", "--alias", name, self.networks[installation], started["ID"])
                except DidNotWork as gone:  # a task may end as soon as it has started
                    print(gone)  # noqa: T201  pytest shows it beside a failure
