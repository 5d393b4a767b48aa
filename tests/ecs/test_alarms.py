"""Alarms are on figures that exist, read from lines that are logged, and alike in AWS and Prometheus."""

import asyncio
import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml
from ecs.files import APPS, ECS, NAME, Installation, texts

from chassis import follow, health
from chassis.app import face
from chassis.logs import JsonLines
from chassis.settings import Settings

SPLIT = "users,topics,messages,web"
TOPOLOGIES = {"split": SPLIT, "monolith": "monolith"}
# What AWS publishes, by namespace and metric: the dimensions under which it does.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
PUBLISHED: dict[tuple[str, str], set[str]] = {
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): {"LoadBalancer", "TargetGroup"},
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"): {"LoadBalancer"},
    ("AWS/ApplicationELB", "TargetResponseTime"): {"LoadBalancer", "TargetGroup"},
    ("AWS/ApplicationELB", "UnHealthyHostCount"): {"LoadBalancer", "TargetGroup"},
    ("AWS/ECS", "CPUUtilization"): {"ClusterName", "ServiceName"},
    ("AWS/RDS", "ACUUtilization"): {"DBClusterIdentifier"},
    ("AWS/RDS", "CPUUtilization"): {"DBInstanceIdentifier"},
    ("AWS/RDS", "FreeStorageSpace"): {"DBInstanceIdentifier"},
}
# Of the query language: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
WORDS = {"filter", "fields", "stats", "sort", "limit", "by", "desc", "as", "in", "and", "not", "like"}
WORDS |= {"ispresent", "max", "count", "pct", "bin", "1m", "timestamp"}


@pytest.fixture(scope="module")
def ecs() -> Installation:
    return Installation(texts())


def alarms(ecs: Installation, **parameters: str) -> dict[str, dict[str, Any]]:
    """The alarms of a choice of parameters, by what follows the installation's name."""
    made = ecs.made("alarms", **{"Apps": SPLIT} | parameters).of_type("CloudWatch::Alarm").values()
    return {alarm["AlarmName"].removeprefix(f"{NAME}-"): alarm for alarm in made}


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_every_application_has_its_four_alarms_and_the_forum_two(ecs: Installation, topology: str) -> None:
    apps = TOPOLOGIES[topology]
    kinds = ("errors", "latency", "unhealthy", "cpu")
    expected = {f"{app}-{kind}" for app in apps.split(",") for kind in kinds} | {
        "feed-lag",
        "balancer-errors",
    }
    assert set(alarms(ecs, Apps=apps, Database="existing")) == expected


@pytest.mark.parametrize(
    ("database", "more"),
    [("aurora", {"capacity"}), ("rds", {"cpu", "storage"}), ("existing", set())],
)
def test_a_database_of_ours_has_alarms(ecs: Installation, database: str, more: set[str]) -> None:
    found = {name for name in alarms(ecs, Database=database) if name.startswith("database-")}
    assert found == {f"database-{kind}" for kind in more}


@pytest.mark.parametrize("database", ["aurora", "rds"])
def test_an_alarm_is_on_a_metric_that_is_published_under_its_dimensions(
    ecs: Installation, database: str
) -> None:
    made = ecs.made("alarms", Database=database)
    ours = {
        (change["MetricNamespace"], change["MetricName"]): set[str]()
        for line in made.of_type("Logs::MetricFilter").values()
        for change in line["MetricTransformations"]
    }
    for name, alarm in alarms(ecs, Database=database).items():
        dimensions = {dimension["Name"] for dimension in alarm.get("Dimensions", [])}
        assert (PUBLISHED | ours)[alarm["Namespace"], alarm["MetricName"]] == dimensions, name


def test_what_is_measured_is_what_the_other_stacks_make(ecs: Installation) -> None:
    for app in APPS:
        values = {
            dimension["Name"]: dimension["Value"]
            for name, alarm in alarms(ecs, Apps=app).items()
            if name.startswith(f"{app}-")
            for dimension in alarm["Dimensions"]
        }
        (service,) = ecs.made("service", App=app).of_type("ECS::Service").values()
        assert values == {
            "LoadBalancer": f"={NAME}-balancer",
            "TargetGroup": f"={NAME}-target-name-{app}",
            "ClusterName": service["Cluster"],
            "ServiceName": service["ServiceName"],
        }
        assert set(service["DeploymentConfiguration"]["Alarms"]["AlarmNames"]) <= {
            f"{NAME}-{name}" for name in alarms(ecs, Apps=app)
        }
    groups = {group["LogGroupName"] for group in ecs.made("cluster").of_type("Logs::LogGroup").values()}
    filters = ecs.made("alarms", Apps=",".join(APPS)).of_type("Logs::MetricFilter").values()
    assert {line["LogGroupName"] for line in filters} == {f"/{NAME}/{app}" for app in APPS} <= groups


def test_an_alarm_tells_somebody_who_asked_for_it(ecs: Installation) -> None:
    for name, alarm in alarms(ecs).items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == ["@Alarms"], name
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert alarm["AlarmDescription"].endswith("."), name
    assert ecs.made("alarms").of_type("SNS::Subscription") == {}
    (mail,) = ecs.made("alarms", AlarmEmail="ada@example.org").of_type("SNS::Subscription").values()
    assert mail == {"TopicArn": "@Alarms", "Protocol": "email", "Endpoint": "ada@example.org"}


@pytest.fixture(scope="module")
async def lines() -> list[str]:
    """What a service writes: a request, a warning inside it, and the lag of its feed."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines("topics"))
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    state: dict[str, Any] = {"followers": [], "database_check": None}
    told = asyncio.Event()
    telling = asyncio.create_task(follow.tell_lag([Late("topics.authors", told), Late("topics.keys", told)]))  # type: ignore[list-item]
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(follow, "TELL_SECONDS", 0.001)
            app = httpx.ASGITransport(face("topics", Settings(), [health.router], state))
            async with httpx.AsyncClient(transport=app, base_url="http://topics") as client:
                await client.get("/api/topics")
            await told.wait()
    finally:
        telling.cancel()
        root.removeHandler(handler)
        root.setLevel(level)
    return written.getvalue().splitlines()


class Late:
    """A follower that last knew everything 75 seconds ago; `told` is set when it is asked for that."""

    def __init__(self, name: str, told: asyncio.Event) -> None:
        self.name, self.told = name, told

    def lag(self) -> float:
        self.told.set()
        return 75.0


def metric_of(filter: dict[str, Any], line: str) -> list[float]:  # noqa: A002
    """The values that CloudWatch takes from a line by a filter of the form `{ $.field >= number }`.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html"""
    pattern = re.fullmatch(r"\{ \$\.(\w+) >= ([\d.]+) \}", filter["FilterPattern"])
    assert pattern, filter["FilterPattern"]
    event = json.loads(line)
    if not isinstance(event.get(pattern[1]), int | float) or event[pattern[1]] < float(pattern[2]):
        return []
    return [event[change["MetricValue"].removeprefix("$.")] for change in filter["MetricTransformations"]]


def test_the_lag_of_a_feed_is_taken_from_its_line_and_from_no_other(
    ecs: Installation, lines: list[str]
) -> None:
    filters = ecs.made("alarms", Apps=SPLIT).of_type("Logs::MetricFilter")
    found = []
    for line in lines:
        event = json.loads(line)
        wanted = [event["lag_seconds"]] if event["message"] == "feed" else []
        assert metric_of(filters["topicsFeedLag"], line) == wanted, line
        found += wanted
    assert 75 in found
    assert len(found) < len(lines)
    lag = alarms(ecs)["feed-lag"]
    assert lag["Threshold"] < 75


def queries(ecs: Installation) -> Iterator[str]:
    (dashboard,) = ecs.made("alarms").of_type("CloudWatch::Dashboard").values()
    for widget in json.loads(dashboard["DashboardBody"])["widgets"]:
        if widget["type"] == "log":
            yield widget["properties"]["query"]


def test_queries_of_the_dashboard_name_what_lines_have_and_logs_that_are_there(
    ecs: Installation, lines: list[str]
) -> None:
    groups = {group["LogGroupName"] for group in ecs.made("cluster").of_type("Logs::LogGroup").values()}
    known = {field for line in lines for field in json.loads(line)}
    found = list(queries(ecs))
    assert len(found) == 3
    for query in found:
        sources = set(re.findall(r"SOURCE '(\S+)'", query))
        assert sources, query
        assert sources <= groups
        query_alone = re.sub(r"SOURCE|'.*?'| as \w+|sort \w+", "", query)
        named = set(re.findall(r"[a-z_0-9]+", query_alone)) - WORDS
        fields = {word for word in named if not word.isdigit()}
        assert fields, query
        assert fields <= known, query


def test_the_dashboard_shows_the_thresholds_of_the_alarms(ecs: Installation) -> None:
    (dashboard,) = ecs.made("alarms").of_type("CloudWatch::Dashboard").values()
    shown = {
        line["value"]
        for widget in json.loads(dashboard["DashboardBody"])["widgets"]
        for line in widget["properties"].get("annotations", {}).get("horizontal", [])
    }
    assert shown == {
        alarms(ecs)[name]["Threshold"] for name in ("users-errors", "users-latency", "users-cpu")
    }


def test_prometheus_has_the_same_alerts_with_the_same_thresholds(ecs: Installation) -> None:
    groups = yaml.safe_load((ECS.parent / "container/prometheus/alerts.yml").read_text())["groups"]
    alerts = {rule["alert"]: rule["expr"] for rule in groups[0]["rules"]}
    of_one = alarms(ecs, Apps="users", Database="aurora")
    here = {name.removeprefix("users-"): alarm["Threshold"] for name, alarm in of_one.items()}
    assert here.keys() == alerts.keys()
    for name in ("errors", "balancer-errors", "latency", "cpu", "feed-lag"):
        assert float(alerts[name].rstrip().rpartition(" > ")[2]) == here[name], name
