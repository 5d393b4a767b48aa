"""Search finds topics and messages, and says which topic a message belongs to."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from front_end import HOSTILE, TOPIC_ID, Made, listed, message, message_id, shown, topic, visited


def found(*, topics: Any = (), messages: Any = ()) -> Made:
    """An API that finds these; the topic of the made-up messages is there."""
    return Made(
        {
            "GET /api/topics": listed(*topics),
            "GET /api/messages": listed(*messages),
            f"GET /api/topics/{TOPIC_ID}": topic(),
        }
    )


@pytest.mark.parametrize("path", ["/search", "/search?q=", "/search?q=+&in=messages"])
async def test_without_words_there_is_the_form_and_how_to_ask(path: str) -> None:
    api = found()
    html = await shown(api, path)
    assert '<input type="search" id="q" name="q" value=""' in html
    assert "A phrase" in html
    assert "-word" in html
    assert api.asked == []


async def test_topics_are_found() -> None:
    api = found(topics=[topic(title="Green tea"), topic(title="Black tea")])
    html = await shown(api, "/search?q=%20tea%20-milk")
    assert api.targets == ["GET /api/topics?q=tea+-milk&limit=20"]
    assert html.index("Green tea") < html.index("Black tea")
    assert 'name="q" value="tea -milk"' in html
    assert '<a href="/search?q=tea+-milk&amp;in=messages">Messages</a>' in html
    assert '<a href="/search?q=tea+-milk&amp;in=topics" aria-current="page">Topics</a>' in html


async def test_messages_are_found_with_their_topic_which_is_asked_for_once() -> None:
    api = found(messages=[message(1), message(2, html="<p>As <em>green</em>, as can be</p>")])
    html = await shown(api, "/search?q=green&in=messages")
    assert api.targets == ["GET /api/messages?q=green&limit=20", f"GET /api/topics/{TOPIC_ID}"]
    assert f'<a href="/messages/{message_id(2)}">Tea</a>' in html
    assert '<p class="excerpt">As green, as can be</p>' in html
    assert 'href="/users/bob">Bob Beech</a>' in html
    assert "<span>message 2</span> <span><time" in html


@pytest.mark.parametrize("gone", [404, 503, httpx.ConnectError("refused")])
async def test_a_message_whose_topic_is_not_known_is_in_a_topic(gone: Any) -> None:
    api = found(messages=[message(1)])
    api.answers[f"GET /api/topics/{TOPIC_ID}"] = gone
    html = await shown(api, "/search?q=green&in=messages")
    assert f'<a href="/messages/{message_id(1)}">In a topic</a>' in html


@pytest.mark.parametrize(
    ("among", "words", "other"),
    [
        ("topics", "No topic has all of “no such &lt;b&gt;”", "search the messages"),
        ("messages", "No message has all of “no such &lt;b&gt;”", "search the topics"),
    ],
)
async def test_nothing_found_suggests_what_to_try(among: str, words: str, other: str) -> None:
    html = await shown(found(), f"/search?q=no+such+%3Cb%3E&in={among}")
    assert words in html
    assert f'in={"messages" if among == "topics" else "topics"}">{other}</a> instead' in html


async def test_the_next_page_keeps_the_words() -> None:
    api = found()
    api.answers["GET /api/messages"] = listed(message(1), following="a+b/c=")
    async with visited(api) as visitor:
        first = (await visitor.get("/search?q=%22a%20b%22&in=messages")).text
        (link,) = [part.split('"')[0] for part in first.split('rel="next" href="')[1:]]
        second = (await visitor.get(link.replace("&amp;", "&"))).text
    last = [target for target in api.targets if "/api/messages" in target][-1]
    assert last == "GET /api/messages?q=%22a+b%22&limit=20&cursor=a%2Bb%2Fc%3D"
    assert '<a href="/search?q=%22a+b%22&amp;in=messages">To the beginning</a>' in second


async def test_there_is_no_third_place_to_search() -> None:
    api = found()
    await shown(api, "/search?q=x&in=users", 404)
    assert api.asked == []


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_people_wrote_is_shown_as_text(text: str) -> None:
    def api(words: str) -> Made:
        made = found(messages=[message(1)])
        made.answers[f"GET /api/topics/{TOPIC_ID}"] = topic(title=words)
        return made

    html = await shown(api(text), f"/search?in=messages&q={quote(text)}")
    plain = await shown(api("plain"), "/search?in=messages&q=plain")
    assert html.count("<") == plain.count("<")
    assert html.count('"') == plain.count('"')
    assert "49" not in html
