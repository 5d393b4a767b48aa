"""Lists of topics, whatever people wrote."""

import pytest
from front_end import BOB, HOSTILE, Made, forum, listed, shown, topic, visited

from web.settings import Settings

LISTS = ["/", "/new", "/top", "/tags/kitchen"]


@pytest.mark.parametrize("path", LISTS)
async def test_topics_are_listed_in_the_order_of_the_api(path: str) -> None:
    html = await shown(forum(topic(title="Tea"), topic(title="Trees & 🌿", by="Cleo")), path)
    assert html.index("Tea</a>") < html.index("Trees &amp; 🌿") < html.index("Cleo")
    assert '<a href="/topics/01890000-0000-7000-8000-000000000001">Tea</a>' in html
    assert 'datetime="2020-01-02T03:04:05.000006Z" title="2 January 2020, 03:04 UTC">2 Jan 2020<' in html


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("text", HOSTILE)
async def test_what_people_wrote_is_shown_as_text(path: str, text: str) -> None:
    named = BOB | {"display_name": text}
    html = await shown(forum(topic(title=text, by=text, last_author=named)), path)
    plain = await shown(forum(topic(title="plain", by="plain", last_author=BOB)), path)
    assert html.count("<") == plain.count("<")
    assert html.count('"') == plain.count('"')
    assert html.count("'") == plain.count("'")
    assert "49" not in html


@pytest.mark.parametrize(
    ("differently", "words"),
    [
        ({"message_count": 0}, "<b>0</b> messages"),
        ({"message_count": 1}, "<b>1</b> message<"),
        ({"message_count": 12345}, "<b>12,345</b> messages"),
        ({"pinned": True}, ">Pinned<"),
        ({"locked": True}, ">Locked<"),
        ({"message_count": 3, "last_author": BOB | {"display_name": "Zoe"}}, "Zoe wrote"),
        ({"tags": ["trees"]}, '<a class="tag" href="/tags/trees">trees</a>'),
    ],
)
async def test_a_topic_says_how_it_is(differently: dict[str, object], words: str) -> None:
    assert words in await shown(forum(topic(**differently)))
    assert words not in await shown(forum(topic()))


async def test_an_empty_forum_invites_to_start() -> None:
    assert "Nobody has started a topic yet" in await shown(forum())


async def test_a_list_goes_on_where_the_api_says() -> None:
    api = forum(**{"GET /api/topics": listed(topic(), following="a+b/c=")})
    async with visited(api) as visitor:
        first = (await visitor.get("/new")).text
        assert "To the beginning" not in first
        (link,) = [part.split('"')[0] for part in first.split('rel="next" href="')[1:]]
        second = (await visitor.get(link)).text
    assert api.targets[-2:] == ["GET /api/topics?sort=new&limit=20&cursor=a%2Bb%2Fc%3D", "GET /api/tags"]
    assert "To the beginning" in second


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/", "sort=latest&limit=20"),
        ("/new", "sort=new&limit=20"),
        ("/top", "sort=top&limit=20"),
        ("/tags/kitchen", "tag=kitchen&limit=20"),
        ("/tags/a&limit=1", "tag=a%26limit%3D1&limit=20"),
    ],
)
async def test_the_api_is_asked_for_one_page(path: str, asked: str) -> None:
    api = forum()
    await shown(api, path)
    assert [target for target in api.targets if "/api/topics" in target] == [f"GET /api/topics?{asked}"]


async def test_a_path_is_not_taken_for_a_query_of_the_api() -> None:
    """An id that somebody made up reaches the API as one segment of a path."""
    for path in ("/topics/x%3Fsort=new", "/topics/x%23y", "/topics/x%2525", "/messages/x;y"):
        api = Made({})
        await shown(api, path, 404)
        assert all(request.url.path.startswith(("/api/topics/x", "/api/messages/x")) for request in api.asked)
        assert not [request for request in api.asked if "sort" in request.url.params]


async def test_head_answers_without_a_body() -> None:
    async with visited(forum()) as visitor:
        answer = await visitor.head("/")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_cursor_of_nowhere_says_so() -> None:
    assert "That did not work" in await shown(forum(**{"GET /api/topics": 400}), "/?cursor=x", 400)


def test_the_api_is_where_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_URL", "http://router:8080")
    monkeypatch.setenv("IMAGE_HOSTS", '["https://img.example.org"]')
    monkeypatch.setenv("CALLER_KEY", "web-key")
    assert Settings().api_url == "http://router:8080"
    assert Settings().image_hosts == ("https://img.example.org",)
