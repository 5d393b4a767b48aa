"""The front page of web, over what its pact says that topics answers."""

from pacts.consumers import visiting
from pacts.exchange import Exchange, served
from pacts.expectations import EMPTY_FRONT_PAGE, FRONT_PAGE, FRONT_PAGE_WITHOUT_TOPICS, LATEST


async def shown(exchange: Exchange) -> str:
    """The front page while topics answers so."""
    with served(exchange) as api:
        async with visiting(api) as (visitor, _):
            page = await visitor.get("/")
            assert page.status_code == 200
            return page.text


async def test_every_topic_is_shown_as_it_is() -> None:
    tea, trees = (await shown(FRONT_PAGE)).split("<li>")[1:]
    for row, topic in zip((tea, trees), LATEST, strict=True):
        assert f'<a href="/api/topics/{topic["id"]}">{topic["title"]}</a>' in row
        assert topic["author"]["display_name"] in row
        assert f'datetime="{topic["last_activity_at"]}"' in row
    assert ("2 messages" in tea, "pinned" in tea, "locked" in tea) == (True, True, True)
    assert ("1 message " in trees, "pinned" in trees, "locked" in trees) == (True, False, False)


async def test_no_topics_are_not_an_error() -> None:
    assert "Nobody has started a topic yet" in await shown(EMPTY_FRONT_PAGE)


async def test_without_topics_the_page_says_so() -> None:
    assert "cannot be shown right now" in await shown(FRONT_PAGE_WITHOUT_TOPICS)
