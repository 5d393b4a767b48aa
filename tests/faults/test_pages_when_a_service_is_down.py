"""What people see while a service is gone, on real processes: pages say it, and none makes them wait long."""

import time

import httpx
import pytest
from forum_client import Forum, Json, Person, eventually
from running import Running

NOTICED = 5.0  # seconds for the router to see that a target is gone, and that it is back
LONGEST = 3.5  # seconds that a page may take


@pytest.fixture
def topic(site: Forum, ada: Person) -> Json:
    """A topic of Ada's with a message of hers, both of which every service has heard of."""
    topic = ada.starts_topic()
    ada.replies(topic, body="ferns")

    def arrived() -> None:
        assert site.topic(topic)["message_count"] == 1
        assert ada.username in page(site, f"/topics/{topic['id']}").text

    eventually(arrived, within=NOTICED)
    return topic


def page(site: Forum, path: str) -> httpx.Response:
    """A page, which comes in time whatever it says."""
    began = time.monotonic()
    answer = site.request("GET", path, headers={"Accept": "text/html"})
    assert time.monotonic() - began < LONGEST, path
    assert answer.headers["content-type"] == "text/html; charset=utf-8", path
    assert "Traceback" not in answer.text
    return answer


def says(site: Forum, path: str, status: int, *words: str) -> None:
    """Once the router has noticed."""

    def check() -> None:
        answer = page(site, path)
        assert answer.status_code == status
        assert [each for each in words if each not in answer.text] == []

    eventually(check, within=NOTICED)


def test_without_messages_a_topic_is_read_without_its_answers(
    site: Forum, ada: Person, topic: Json, processes: Running
) -> None:
    processes.kill("messages")
    missing = "Messages cannot be shown right now"
    says(site, f"/topics/{topic['id']}", 200, topic["title"], missing)
    says(site, f"/users/{ada.username}", 200, topic["title"], missing)
    says(site, f"/users/{ada.username}/messages", 503, missing)
    says(site, "/search?q=ferns&in=messages", 503, "Messages cannot be searched right now")
    says(site, "/about", 200, "Topics can be read and started")
    says(site, "/", 200, topic["title"])
    processes.start("messages")
    says(site, f"/topics/{topic['id']}", 200, "ferns")


def test_without_users_reading_goes_on(site: Forum, ada: Person, topic: Json, processes: Running) -> None:
    processes.kill("users")
    says(site, f"/users/{ada.username}", 200, "so the profile is missing", topic["title"], "ferns")
    says(site, "/users", 503, "Accounts cannot be reached right now")
    says(site, "/about", 200, "Reading goes on")
    says(site, "/", 200, topic["title"])
    says(site, f"/topics/{topic['id']}", 200, "ferns")


def test_without_topics_their_pages_ask_to_come_back(
    site: Forum, ada: Person, topic: Json, processes: Running
) -> None:
    processes.kill("topics")
    missing = "Topics cannot be shown right now"
    for path in ("/", "/tags", f"/topics/{topic['id']}", f"/users/{ada.username}/topics", "/feed.xml"):
        says(site, path, 503, missing)
    says(site, f"/users/{ada.username}", 200, missing, "In a topic", "ferns")
    says(site, f"/users/{ada.username}/messages", 200, "In a topic", "ferns")
    says(site, "/about", 200, "messages can be searched")
    processes.start("topics")
    says(site, "/", 200, topic["title"])
