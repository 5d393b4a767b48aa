"""Starting a topic."""

import json

import pytest
from forms import editor, opened
from front_end import TOPIC_ID, forum, logged_in, topic, visited

START = "POST /api/topics"
TEXT = {"title": "Tea", "body": "Green or *black*?", "tags": "kitchen"}


async def test_who_is_not_logged_in_logs_in_first() -> None:
    async with visited(forum()) as visitor:
        answer = await visitor.get("/topics/new?tags=tea")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/topics/new%3Ftags%3Dtea")


async def test_a_link_fills_in_tags() -> None:
    async with logged_in(forum()) as visitor:
        form = await opened(visitor, "/topics/new?tags=tea,kitchen")
    assert form.fields["tags"] == "tea,kitchen"
    assert form.draft == "new-topic"


async def test_a_topic_is_started_and_shown() -> None:
    api = forum(topic(), **{START: topic()})
    async with logged_in(api) as visitor:
        form = await opened(visitor, "/topics/new")
        answer = await form.sent(visitor, **TEXT)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/topics/{TOPIC_ID}")
        (request,) = api.asked
        assert request.headers["authorization"] == "Bearer access.1"
        assert json.loads(request.content) == TEXT | {"tags": ["kitchen"]}
        page = await visitor.get(f"/topics/{TOPIC_ID}")
    assert 'data-notice="started"' in page.text


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("", []),
        ("tea", ["tea"]),
        (" tea  kitchen ", ["tea", "kitchen"]),
        ("tea,kitchen, garden", ["tea", "kitchen", "garden"]),
        ("#Tea #KITCHEN", ["tea", "kitchen"]),
        ("tea, tea", ["tea"]),
        ("a/b <c>", ["a/b", "<c>"]),
    ],
)
async def test_tags_are_divided_by_commas_or_spaces(written: str, tags: list[str]) -> None:
    api = forum(**{START: topic()})
    async with logged_in(api) as visitor:
        await (await opened(visitor, "/topics/new")).sent(visitor, **TEXT | {"tags": written})
    assert json.loads(api.asked[-1].content)["tags"] == tags


async def test_a_preview_shows_the_text_and_posts_nothing() -> None:
    api = forum()
    async with logged_in(api) as visitor:
        form = await opened(visitor, "/topics/new")
        page = await form.sent(visitor, **TEXT, preview="1")
    assert page.status_code == 200
    assert '<div class="text"><p>Green or <em>black</em>?</p>' in page.text
    assert editor(page.text).fields == form.fields | TEXT
    assert api.asked == []


async def test_a_double_click_starts_one_topic_and_a_changed_text_another() -> None:
    api = forum(**{START: topic()})
    async with logged_in(api) as visitor:
        form = await opened(visitor, "/topics/new")
        for text in (TEXT, TEXT, TEXT | {"body": "Black"}, TEXT | {"tags": ""}, TEXT | {"title": "Tea?"}):
            await form.sent(visitor, **text)
        await (await opened(visitor, "/topics/new")).sent(visitor, **TEXT)
    first, again, *others = [request.headers["idempotency-key"] for request in api.asked]
    assert first == again
    assert len({first, *others}) == 5


async def test_the_fragment_of_a_preview_is_the_text_alone() -> None:
    async with logged_in(forum()) as visitor:
        csrf = (await opened(visitor, "/topics/new")).fields["csrf"]
        answer = await visitor.post("/preview", data={"csrf": csrf, "body": "# *Tea* <b>"})
    assert answer.text.strip() == '<div class="text"><h3><em>Tea</em> &lt;b&gt;</h3>\n</div>'
