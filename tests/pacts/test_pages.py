"""The pages of web, over what its pacts say that users, topics and messages answer."""

from html import unescape

import pytest
from pacts.consumers import visiting
from pacts.exchange import served
from pacts.pages import VISITS
from pacts.visits import Visit


@pytest.mark.parametrize("visit", VISITS, ids=str)
async def test_a_page_says_what_the_answers_mean(visit: Visit) -> None:
    with served(*visit.answers) as api:
        async with visiting(api) as browser:
            page = await visit.paid_by(browser)
    assert page.headers.get("location", "") == visit.leads_to
    assert page.is_redirect if visit.leads_to else page.status_code == visit.status
    for words in visit.says:
        assert words in unescape(page.text)
