"""Whoever guesses passwords by the pages locks out nobody who is elsewhere."""

from forum_client import PASSWORD
from visiting.conftest import OpenBrowser

WRONG = "not this one at all"
GUESSER, SOMEBODY = "127.0.0.2", "127.0.0.3"


def test_ten_failures_lock_out_their_address_and_no_other(open_browser: OpenBrowser, ada: str) -> None:
    guesser, somebody = open_browser(GUESSER), open_browser(SOMEBODY)
    for _ in range(10):
        assert guesser.sends("/login", username=ada, password=WRONG).status_code == 401
    page = guesser.sends("/login", username=ada, password=PASSWORD)
    assert page.status_code == 429
    assert "Too many log-ins to this account have failed. Please wait 1" in page.text
    assert 0 < int(page.headers["retry-after"]) <= 900
    assert somebody.sends("/login", username=ada, password=PASSWORD).status_code == 303
    assert somebody.user == ada


def test_an_address_that_the_guesser_made_up_does_not_count(open_browser: OpenBrowser, ada: str) -> None:
    guesser = open_browser(GUESSER)
    for number in range(11):
        made_up = {
            "X-Forwarded-For": f"192.0.2.{number}",
            "Visitor-Address": f"192.0.2.{number}",
            "Authorization": "Basic d2ViOmd1ZXNzZWQ=",  # web:guessed
        }
        page = guesser.sends("/login", username=ada, password=WRONG, headers=made_up)
        assert page.status_code == (401 if number < 10 else 429)
