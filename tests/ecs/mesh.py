"""Names that the emulator leaves out: of Service Connect (`users` reaches its tasks) and of Cloud Map
(`users.NAME.internal` does, also from one-off tasks)."""

import json
import subprocess
import threading
from signal import SIGTERM

from compose.project import DidNotWork, docker

from forum.hosting.lifeline import tied

SERVED = ["users", "topics", "messages"]
NAMED = ["monolith", *SERVED]
ASKING = [*NAMED, "forum"]
LABEL = "com.amazonaws.ecs."


class Mesh:
    """Connects every task of a service that is `SERVED` to its installation's network as soon as it starts,
    and those that are `ASKING` to a second one.

    `networks` maps an installation to the two. One-off tasks stay outside of the first, as on AWS.
    """

    def __init__(self, instance: str) -> None:
        self.instance = instance
        self.networks: dict[str, tuple[str, str]] = {}

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
            if name not in ASKING:
                continue
            mesh, names = self.networks[installation]
            if name in SERVED:
                self.connect(started["ID"], mesh, name)
            private = [f"{name}.{installation}.internal"] if name in NAMED else []
            self.connect(started["ID"], names, *private)

    def connect(self, container: str, network: str, *names: str) -> None:
        aliases = [word for name in names for word in ("--alias", name)]
        try:
            docker("network", "connect", *aliases, network, container)
        except DidNotWork as gone:  # a task may end as soon as it has started
            print(gone)  # noqa: T201  pytest shows it beside a failure
