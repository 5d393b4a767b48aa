"""What still works when one process is killed, on real processes."""

from forum_client import PASSWORD, Forum, Json, Person, accepted, eventually, unique
from running import Running
from visiting.browser import Browser

NOTICED = 5.0  # seconds for the router to see that a target is gone, and that it is back


def unavailable(site: Forum, method: str, path: str, body: Json | None = None) -> None:
    """Answered with 503 by the router, once it has noticed."""

    def check() -> None:
        assert site.request(method, path, json=body).status_code == 503

    eventually(check, within=NOTICED)


def reads_and_writes(site: Forum, ada: Person) -> None:
    """Everything that topics and messages do, with a token that is still valid."""
    topic = ada.starts_topic(tags=["outage"])
    message = ada.replies(topic)
    assert ada.edits(message, body="x")["body"] == "x"
    assert ada.edits(topic, title="x")["author"] == ada.author
    assert site.reads(topic)[0]["author"] == ada.author
    accepted(site.get("/api/topics", q="x", author=ada.username))
    accepted(site.get("/api/messages", q="x", author=ada.username))
    accepted(site.get("/api/tags"))
    ada.deletes(message)
    ada.deletes(topic)


def test_without_users_reading_and_writing_go_on(site: Forum, ada: Person, processes: Running) -> None:
    processes.kill("users")
    reads_and_writes(site, ada)
    account = {"username": unique("eve"), "password": PASSWORD}
    unavailable(site, "POST", "/api/sessions", account)
    unavailable(site, "POST", "/api/users", account)
    unavailable(site, "GET", f"/api/users/{ada.username}")
    unavailable(site, "GET", "/.well-known/jwks.json")
    reads_and_writes(site, ada)


def test_without_users_who_is_logged_in_reads_on_and_stays_logged_in(site: Forum, processes: Running) -> None:
    username = unique("ada")
    with Browser(site.url) as browser:
        browser.sends("/register", username=username, password=PASSWORD)
        tab = browser.near_the_end()
        processes.kill("users")
        unavailable(site, "GET", "/api/users/me")
        page = browser.get("/tags", headers=tab)
        assert page.status_code == 200
        assert f'<a class="who" href="/users/{username}">' in page.text
        assert browser.get("/settings", headers=tab).status_code == 503
        processes.start("users")

        def renewed() -> None:
            assert browser.get("/settings", headers=tab).status_code == 200

        eventually(renewed, within=NOTICED)
        assert browser.user == username


def test_without_users_the_others_can_be_started_again(site: Forum, ada: Person, processes: Running) -> None:
    """They know the keys and the authors from their own databases."""
    topic = ada.starts_topic()
    ada.replies(topic)
    processes.kill("users", "topics")
    processes.stop("messages")
    processes.start("topics", "messages")
    eventually(lambda: reads_and_writes(site, ada), within=NOTICED)
    assert site.reads(topic)[0]["author"] == ada.author


def test_users_come_back_and_what_changed_meanwhile_arrives(
    site: Forum, ada: Person, processes: Running
) -> None:
    topic = ada.starts_topic()
    processes.kill("topics", "messages")
    ada.changes_profile(display_name="Ada again")
    processes.kill("users")
    processes.start("topics", "messages")
    eventually(lambda: site.topic(topic), within=NOTICED)
    processes.start("users")

    def renamed() -> None:
        assert site.topic(topic)["author"] == ada.author
        assert ada.logs_in_again().username == ada.username

    eventually(renamed, within=NOTICED)


def test_without_topics_messages_of_known_topics_go_on(site: Forum, ada: Person, processes: Running) -> None:
    topic = ada.starts_topic()
    message = ada.replies(topic)
    processes.kill("topics")
    ada.edits(ada.replies(topic), body="x")
    ada.deletes(message)
    assert [row["body"] for row in site.reads(topic)] == ["x"]
    processes.kill("messages")
    processes.start("messages")
    eventually(lambda: ada.replies(topic), within=NOTICED)
    unavailable(site, "GET", "/api/topics")
    unavailable(site, "GET", f"/api/topics/{topic['id']}")
    unavailable(site, "GET", "/api/tags")
    unavailable(site, "POST", "/api/topics", {"title": "x", "body": "x"})
    processes.start("topics")

    def counted() -> None:
        assert site.topic(topic)["message_count"] == 2

    eventually(counted, within=NOTICED)


def test_without_topics_a_reply_to_an_unknown_topic_is_asked_to_come_back(
    site: Forum, ada: Person, processes: Running
) -> None:
    processes.kill("topics")
    path = "/api/topics/00000000-0000-7000-8000-000000000000/messages"
    answer = ada.request("POST", path, json={"body": "x"})
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0


def test_without_messages_topics_go_on_with_the_counts_last_known(
    site: Forum, ada: Person, processes: Running
) -> None:
    topic = ada.starts_topic()
    message = ada.replies(topic)

    def counted() -> None:
        assert site.topic(topic)["message_count"] == 1

    eventually(counted)
    processes.kill("messages")
    ada.edits(topic, title="x")
    ada.deletes(ada.starts_topic())
    assert site.topic(topic)["message_count"] == 1
    assert accepted(site.get("/api/topics", author=ada.username))["items"][0]["message_count"] == 1
    unavailable(site, "GET", f"/api/topics/{topic['id']}/messages")
    unavailable(site, "GET", "/api/messages")
    unavailable(site, "POST", f"/api/topics/{topic['id']}/messages", {"body": "x"})
    ada.deletes(topic)
    processes.start("messages")

    def gone() -> None:
        assert site.get(f"/api/messages/{message['id']}").status_code == 404

    eventually(gone, within=NOTICED)


def test_without_the_web_front_end_the_whole_api_works(site: Forum, ada: Person, processes: Running) -> None:
    processes.kill("web")
    reads_and_writes(site, ada)
    ada.logs_in_again().changes_profile(bio="x")
    unavailable(site, "GET", "/")
    unavailable(site, "GET", "/openapi.json")


def test_the_front_page_says_so_when_topics_are_gone(site: Forum, processes: Running) -> None:
    processes.kill("topics")
    answer = site.get("/")
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (503, "text/html")
    assert "Topics cannot be shown right now" in answer.text


def test_a_router_that_was_killed_comes_back_to_the_same_forum(
    site: Forum, ada: Person, processes: Running
) -> None:
    topic = ada.starts_topic()
    processes.kill("router")
    assert all(processes.processes[name].is_ready() for name in ("users", "topics", "messages"))
    processes.start("router")
    assert site.topic(topic)["id"] == topic["id"]


def test_a_live_stream_outlives_users_and_topics(site: Forum, ada: Person, processes: Running) -> None:
    topic = ada.starts_topic()
    with site.stream(topic) as stream:
        stream.comment()
        processes.kill("users", "topics")
        message = ada.replies(topic)
        assert stream.next().data == message
