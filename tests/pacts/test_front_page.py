"""The front page of web, over what its pact says that topics answers."""

from pacts.consumers import visiting
from pacts.exchange import Exchange, served
from pacts.expectations import (
    ACTIVE_PAGE,
    EMPTY_FRONT_PAGE,
    FRONT_PAGE_WITHOUT_TOPICS,
    QUIET_PAGE,
    TAGS,
    TEA,
    TREES,
)


async def shown(exchange: Exchange, status: int = 200) -> str:
    """The front page while topics answers so."""
    with served(exchange, TAGS) as api:
        async with visiting(api) as visitor:
            page = await visitor.get("/")
            assert page.status_code == status
            return page.text


async def test_a_topic_is_shown_as_it_is() -> None:
    html = await shown(ACTIVE_PAGE)
    assert f'<a href="/topics/{TEA["id"]}">Tea</a>' in html
    assert '<a class="author" href="/users/tea">Ada Lovelace</a>' in html
    assert f'datetime="{TEA["last_activity_at"]}"' in html
    assert "<b>2</b> messages" in html
    assert ">Pinned<" in html
    assert ">Locked<" in html


async def test_a_topic_without_messages_tells_when_it_was_started() -> None:
    html = await shown(QUIET_PAGE)
    assert f'<a href="/topics/{TREES["id"]}">Trees</a>' in html
    assert 'started <time datetime="2030-01-01T00:00:00.000000Z"' in html


async def test_no_topics_are_not_an_error() -> None:
    assert "Nobody has started a topic yet" in await shown(EMPTY_FRONT_PAGE)


async def test_the_tags_stand_beside() -> None:
    assert '<a class="tag" href="/tags/kitchen">kitchen</a> <span class="quiet">1</span>' in await shown(
        QUIET_PAGE
    )


async def test_without_topics_the_page_says_so() -> None:
    assert "Topics cannot be shown right now" in await shown(FRONT_PAGE_WITHOUT_TOPICS, 503)
