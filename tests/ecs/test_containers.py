"""Each image, run from its task definition, under the limits that Fargate would set."""

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from compose.project import DidNotWork, docker
from ecs.definitions import APPS, DATABASES, ROOT, VALUES, container, definition
from ecs.fargate import Cluster, Task, made_up, until
from ecs.installation import SERVER
from forum_client import PASSWORD, Json, accepted, unique

pytestmark = pytest.mark.requires("docker")

ADMINISTRATOR = {"username": "postgres", "password": made_up()}
SECRETS = {
    arn: {"username": name.rpartition("_")[2].lower(), "password": made_up()}
    if "DATABASE" in name
    else made_up()
    for name, arn in VALUES.items()
    if name.startswith("SECRET_")
} | {VALUES["SECRET_ADMINISTRATOR"]: ADMINISTRATOR}
HERE = {"DATABASE_HOST": "postgres", "FORUM_URL": "http://users:8000"}  # of the API, web asks users only here
SAMPLE = ROOT / "cli/tests/samples/garden.mbox"
# Where a file can be made, tried and not only asked for; /dev and /proc are the kernel's.
WRITABLE = """
import os
for folder, _, _ in os.walk("/"):
    if folder.split("/")[1] not in ("proc", "sys", "dev"):
        try:
            os.close(os.open(folder + "/.tried", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            os.unlink(folder + "/.tried")
            print(folder)
        except OSError:
            pass
"""
PROCESSES = "import glob; print(*(open(f).read() for f in glob.glob('/proc/[0-9]*/status')))"

every_app = pytest.mark.parametrize("app", APPS)


def of(app: str, **values: str) -> Json:
    """The task definition of an app, of `migrate-APP` or of the command, in this cluster."""
    database = DATABASES.get(app.rpartition("-")[2], "")
    own: str = VALUES[f"SECRET_DATABASE_{database.upper()}"] if database else VALUES["SECRET_DATABASE"]
    return definition(app, **HERE, SECRET_DATABASE=own, **values)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Every image, and a PostgreSQL that speaks TLS, with migrated databases."""
    name = unique("forum-ecs-test")
    images = {app: f"{name}-{app}" for app in [*APPS, "forum"]}
    cluster = Cluster(name, SECRETS, images)
    docker("network", "create", name)
    try:
        for app, image in images.items():
            docker("build", "--quiet", f"--build-arg=APP={app}", f"--tag={image}", ".")
        start_postgres(cluster)
        cluster.run(of("forum"), "forum", "databases")
        for app in DATABASES:
            cluster.run(of(f"migrate-{app}"), app)
        yield cluster
    finally:
        cluster.end()


def start_postgres(cluster: Cluster) -> None:
    """The server as `postgres` on the network."""
    where = [f"--label={cluster.name}", f"--network={cluster.name}", "--network-alias=postgres"]
    told = f"--env=POSTGRES_PASSWORD={ADMINISTRATOR['password']}"
    server = docker("run", "--detach", *where, told, "postgres:17", "bash", "-c", SERVER).strip()
    until(lambda: docker("exec", server, "pg_isready", "--quiet", "--host=127.0.0.1"))


@pytest.fixture(scope="module")
def tasks(cluster: Cluster) -> dict[str, Task]:
    """Every application, ready, those of the split known to each other by name."""
    started = {app: cluster.start(of(app)) for app in APPS}
    for app, task in started.items():
        until(lambda task=task, app=app: task.execute(*health_command(app)))  # type: ignore[misc]
    return started


def health_command(app: str) -> list[str]:
    """What ECS runs to see whether the container is healthy."""
    kind, *command = container(of(app))["healthCheck"]["command"]
    assert kind == "CMD"
    return list(command)


@every_app
def test_only_temporary_files_can_be_written(tasks: dict[str, Task], app: str) -> None:
    assert tasks[app].execute("python", "-c", WRITABLE).split() == ["/tmp"]  # noqa: S108


@every_app
def test_what_is_writable_is_so_by_the_image(cluster: Cluster, app: str) -> None:
    """On Fargate a fresh volume is root's unless the image declares it (VOLUME)."""
    config = json.loads(docker("image", "inspect", cluster.images[app]))[0]["Config"]
    assert list(config["Volumes"]) == [mount["containerPath"] for mount in container(of(app))["mountPoints"]]


@every_app
def test_no_process_has_a_capability(tasks: dict[str, Task], app: str) -> None:
    found = tasks[app].execute("python", "-c", PROCESSES)
    values: dict[str, set[tuple[str, ...]]] = {
        name: set() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "Uid", "Gid")
    }
    for name, _, text in (line.strip().partition(":") for line in found.splitlines()):
        if name in values:
            values[name].add(tuple(text.split()))
    assert values.pop("Uid") == values.pop("Gid") == {("10001",) * 4}
    assert values == {name: {("0" * 16,)} for name in values}


@every_app
def test_an_init_process_reaps_and_passes_signals_on(tasks: dict[str, Task], app: str) -> None:
    name, _, arguments = tasks[app].execute("cat", "/proc/1/cmdline").partition("\0")
    assert name.endswith("init")
    assert f"python\0-m\0{app}\0serve" in arguments


@every_app
def test_a_request_in_flight_is_answered_and_the_task_ends_with_0(
    cluster: Cluster, tasks: dict[str, Task], app: str
) -> None:
    path, headers, body, expected = writing(app, tasks)
    task = cluster.start(of(app), offered=False)
    until(lambda: task.execute(*health_command(app)))
    with half_sent(task, path, headers, body) as post, ThreadPoolExecutor(1) as thread:
        began = time.monotonic()
        stopping = thread.submit(docker, "stop", task.identifier)
        until(lambda: takes_no_more(task, app), within=30)
        post.send(body[len(body) // 2 :])
        assert post.getresponse().status == expected
        stopping.result()
    state = task.state
    assert state["State"]["ExitCode"] == 0
    assert time.monotonic() - began < state["Config"]["StopTimeout"] - 10


def takes_no_more(task: Task, app: str) -> None:
    """Nobody listens any more, and the health check says so."""
    with pytest.raises(DidNotWork, match="nobody answers on port 8000"):
        task.execute(*health_command(app))


@contextmanager
def half_sent(
    task: Task, path: str, headers: dict[str, str], body: bytes
) -> Iterator[http.client.HTTPConnection]:
    """A POST whose second half the application waits for."""
    at = urlsplit(task.url(8000))
    connection = http.client.HTTPConnection(str(at.hostname), at.port, timeout=60)
    connection.putrequest("POST", path)
    for name, value in (headers | {"Content-Length": str(len(body))}).items():
        connection.putheader(name, value)
    connection.endheaders(body[: len(body) // 2])
    try:
        yield connection
    finally:
        connection.close()


def writing(app: str, tasks: dict[str, Task]) -> tuple[str, dict[str, str], bytes, int]:
    """A POST that an application takes: path, headers, body, and the status of success."""
    account = {"username": unique("ada"), "password": PASSWORD}
    if app == "web":
        form = urlencode(account | {"csrf": "a" * 32, "key": "b"}).encode()
        told = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrf={'a' * 32}"}
        return "/register", told, form, 303
    told = {"Content-Type": "application/json"}
    if app in ("users", "monolith"):
        return "/api/users", told, json.dumps(account).encode(), 201
    posted(tasks["users"], "/api/users", account)
    token = posted(tasks["users"], "/api/sessions", account)["access_token"]
    told["Authorization"] = f"Bearer {token}"
    topic = {"title": "In flight", "body": "long " * 4000}
    if app == "topics":
        return "/api/topics", told, json.dumps(topic).encode(), 201
    started = until(lambda: posted(tasks["topics"], "/api/topics", topic, told))
    path, reply = f"/api/topics/{started['id']}/messages", {"body": "long " * 4000}
    until(lambda: posted(tasks["messages"], path, reply, told))
    return path, told, json.dumps(reply).encode(), 201


def posted(task: Task, path: str, body: Json, headers: dict[str, str] | None = None) -> Json:
    """What a POST makes."""
    answer = httpx.post(task.url(8000) + path, json=body, headers=headers, timeout=30, trust_env=False)
    return accepted(answer, 201)


@pytest.mark.parametrize("app", ["users", "monolith"])
def test_many_passwords_at_once_take_less_than_half_of_the_memory(tasks: dict[str, Task], app: str) -> None:
    """They take most, 19 MiB each (argon2id). The other half is for Service Connect's proxy, a collector and
    what nobody foresaw."""
    accounts = [{"username": unique("ada"), "password": PASSWORD} for _ in range(60)]
    with ThreadPoolExecutor(20) as many:
        list(many.map(lambda account: posted(tasks[app], "/api/users", account), accounts))
    assert 0 < peak(tasks[app]) < int(of(app)["memory"]) / 2
    assert not tasks[app].state["State"]["OOMKilled"]


def peak(task: Task) -> float:
    """The most that its processes have held, in MiB."""
    found = task.execute("python", "-c", PROCESSES)
    return sum(int(line.split()[1]) for line in found.splitlines() if line.startswith("VmHWM:")) / 1024


def test_the_command_makes_an_administrator_with_the_password_of_its_secret(
    cluster: Cluster, tasks: dict[str, Task]
) -> None:
    name = unique("ada")
    assert "a new account" in cluster.run(of("forum"), "forum", "admin", name)
    account = {"username": name, "password": SECRETS[VALUES["SECRET_ADMINISTRATOR_PASSWORD"]]}
    assert posted(tasks["users"], "/api/sessions", account)["user"]["role"] == "admin"


@pytest.mark.parametrize("topology", ["split", "monolith"])
def test_the_command_imports_from_an_address(cluster: Cluster, topology: str) -> None:
    shelf = ["--network-alias=shelf", f"--volume={SAMPLE.parent}:/shelf:ro", "--entrypoint=python"]
    serving = ["-m", "http.server", "--directory=/shelf", "80"]
    docker(
        "run",
        "--detach",
        f"--label={cluster.name}",
        f"--network={cluster.name}",
        *shelf,
        cluster.images["forum"],
        *serving,
    )
    address = f"http://shelf/{SAMPLE.name}"
    said = until(lambda: cluster.run(of("forum", TOPOLOGY=topology), "forum", "import", address))
    assert "9 new" in said


def test_steps_that_are_done_change_nothing(cluster: Cluster, tasks: dict[str, Task]) -> None:
    cluster.run(of("forum"), "forum", "databases")
    for app in DATABASES:
        cluster.run(of(f"migrate-{app}"), app)
    cluster.run(of("forum"), "forum", "restored")
    writing("messages", tasks)
