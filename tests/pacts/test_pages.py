"""The pages of web, over what its pacts say that users, topics and messages answer."""

from html import unescape

import pytest
from pacts.consumers import visiting
from pacts.exchange import served
from pacts.pages import VISITS
from pacts.visits import Visit
from starlette.routing import Match

from web.page import Page
from web.pages import ROUTERS


@pytest.mark.parametrize("visit", VISITS, ids=str)
async def test_a_page_says_what_the_answers_mean(visit: Visit) -> None:
    with served(*visit.answers) as api:
        async with visiting(api) as browser:
            page = await visit.paid_by(browser)
    assert page.headers.get("location", "") == visit.leads_to
    assert page.is_redirect if visit.leads_to else page.status_code == visit.status
    for words in visit.says:
        assert words in unescape(page.text)


def test_every_page_is_visited() -> None:
    pages = {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, Page)
        for method in route.methods or ()
    }
    assert pages == {page_of(visit) for visit in VISITS}


def page_of(visit: Visit) -> tuple[str, str]:
    """The route that answers it."""
    method, target = visit.page.split()
    scope = {"type": "http", "method": method, "path": target.partition("?")[0]}
    return next(
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, Page) and route.matches(scope)[0] is Match.FULL
    )
