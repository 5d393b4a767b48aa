"""`docker compose --profile observability up`: Prometheus sees all that runs, and says who is down."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
import yaml
from forum_client import Forum, eventually

from compose.project import ROOT, ROUTERS, SERVICES, Project, docker

pytestmark = pytest.mark.requires("docker")

IMAGE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["prometheus"]["image"]
RULES = yaml.safe_load((ROOT / "container/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
METRIC = re.compile(r"\b([a-z_]+)(?=\{|\[| ==| >)")

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask(project: Project, forums: dict[str, Forum]) -> Iterator[Ask]:
    """Asks Prometheus' HTTP API: `ask("alerts")["alerts"]`."""
    project.up("prometheus")
    with closing(httpx.Client(base_url=f"http://127.0.0.1:{project.prometheus_port}/api/v1/")) as client:
        yield lambda path, **params: client.get(path, params=params).raise_for_status().json()["data"]
    project.compose("stop", "prometheus")


def test_everything_that_runs_is_asked(ask: Ask) -> None:
    def all_are_up() -> None:
        told = {target["labels"]["instance"]: target["health"] for target in ask("targets")["activeTargets"]}
        here = [*(f"{name}:8001" for name in SERVICES), *(f"{name}:8405" for name in ROUTERS.values())]
        assert told == dict.fromkeys(here, "up")

    eventually(all_are_up, within=60)


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_what_an_alert_is_about_is_there(ask: Ask, forums: dict[str, Forum], rule: dict[str, Any]) -> None:
    names = set(METRIC.findall(rule["expr"]))
    assert names
    for forum in forums.values():
        assert forum.get("/api/topics").status_code == 200

    def counted() -> None:
        for name in names:
            assert ask("query", query=name)["result"], f"nobody has a metric {name}"

    eventually(counted, within=60)


def test_a_service_that_stops_is_said(project: Project, ask: Ask) -> None:
    def alerts() -> set[str]:
        waiting_or_firing = [alert for alert in ask("alerts")["alerts"] if alert["state"] != "inactive"]
        return {a["labels"]["instance"] for a in waiting_or_firing if a["labels"]["alertname"] == "unhealthy"}

    def web_is_down() -> None:
        assert "web:8001" in alerts()

    def nobody_is_down() -> None:
        assert not alerts()

    eventually(nobody_is_down, within=60)
    project.compose("stop", "web")
    try:
        eventually(web_is_down, within=60)
    finally:
        project.up("web")
    eventually(nobody_is_down, within=60)


def test_prometheus_may_do_no_more_than_the_others(project: Project, ask: Ask) -> None:
    told = project.execute("prometheus", "cat", "/proc/1/status", "/proc/self/status")
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert set(re.findall(rf"^{name}:\s*(\w+)$", told, re.MULTILINE)) == {"0" * 16}, name
    assert set(re.findall(r"^NoNewPrivs:\s*(\d)$", told, re.MULTILINE)) == {"1"}
    assert set(re.findall(r"^Uid:\s*(.*)$", told, re.MULTILINE)) == {"\t".join(["65534"] * 4)}
    container = project.container("prometheus")
    assert container["HostConfig"]["ReadonlyRootfs"]
    (published,) = container["NetworkSettings"]["Ports"]["9090/tcp"]
    assert published == {"HostIp": "127.0.0.1", "HostPort": str(project.prometheus_port)}


def promtool(*arguments: str) -> str:
    mounts = ["-v", f"{ROOT}/container/prometheus:/etc/prometheus:ro"]
    mounts += ["-v", f"{ROOT}/tests/compose/alerts.yml:/tests.yml:ro"]
    return docker("run", "--rm", "--network=none", "--entrypoint=promtool", *mounts, IMAGE, *arguments)


def test_the_configuration_is_right() -> None:
    assert "SUCCESS: 7 rules found" in promtool("check", "config", "/etc/prometheus/prometheus.yml")


def test_each_alert_fires_when_it_should_and_not_before() -> None:
    assert "SUCCESS" in promtool("test", "rules", "/tests.yml")
    tested = yaml.safe_load((ROOT / "tests/compose/alerts.yml").read_text())["tests"]
    firing = {c["alertname"] for test in tested for c in test["alert_rule_test"] if c.get("exp_alerts")}
    assert firing == {rule["alert"] for rule in RULES}
