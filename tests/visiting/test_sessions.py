"""Being logged in, in as many tabs and devices as one likes."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
from forum_client import PASSWORD, Forum, unique
from visiting.browser import Browser, opened
from visiting.conftest import OpenBrowser

DEVICE = re.compile(r'action="(/settings/devices/[^"]+)"')
ENDED = "You have been logged out: this session has ended."
NEW = "another correct horse"


def test_who_registers_can_log_out_and_in_again(browser: Browser, ada: str) -> None:
    browser.sends("/tags", to="/logout")
    assert browser.user is None
    browser.sends("/login", username=ada, password=PASSWORD)
    assert browser.user == ada


def test_a_name_that_is_taken_is_told(browser: Browser, ada: str, open_browser: OpenBrowser) -> None:
    page = open_browser().sends("/register", username=ada.upper(), password=PASSWORD)
    assert page.status_code == 409
    assert "Somebody has this username already" in page.text


def test_two_tabs_that_come_at_once_get_the_same_pair(browser: Browser, ada: str) -> None:
    """So does a third later, as after an answer that was lost."""
    before, tab = browser.session["refresh"], browser.near_the_end()
    with ThreadPoolExecutor(2) as tabs:
        answers = list(
            tabs.map(lambda path: browser.get(path, headers=tab), ["/settings", "/settings/devices"])
        )
    answers.append(browser.get("/settings", headers=tab))
    assert [answer.status_code for answer in answers] == [200] * 3
    pairs = {(pair["access"], pair["refresh"]) for pair in map(kept, answers)}
    assert len(pairs) == 1
    assert before not in pairs.pop()
    assert browser.get("/settings", headers=browser.near_the_end()).status_code == 200
    assert browser.user == ada


def test_a_form_renews_the_pair_too(browser: Browser, ada: str) -> None:
    token = {"csrf": browser.cookies["csrf"]}
    tab = browser.near_the_end()
    tab["Cookie"] += f"; csrf={token['csrf']}"
    answer = browser.post("/settings", data=token | {"display_name": "Countess", "bio": ""}, headers=tab)
    assert answer.status_code == 303
    assert "<span>Countess</span>" in browser.get("/settings").text


def test_a_new_password_ends_other_sessions_and_not_this_one(
    browser: Browser, ada: str, open_browser: OpenBrowser
) -> None:
    other = open_browser()
    other.sends("/login", username=ada, password=PASSWORD)
    assert browser.sends("/settings/password", current=PASSWORD, new=NEW).status_code == 303
    assert browser.get("/settings").status_code == 200
    assert other.get("/settings").headers["location"] == "/login?next=/settings"
    assert ENDED in other.get("/login").text
    assert other.user is None
    assert open_browser().sends("/login", username=ada, password=NEW).status_code == 303


def test_a_form_that_is_sent_after_the_session_ended_keeps_its_text(
    browser: Browser, ada: str, open_browser: OpenBrowser
) -> None:
    open_here = {"csrf": browser.cookies["csrf"], "display_name": "Ada", "bio": "A long text"}
    other = open_browser()
    other.sends("/login", username=ada, password=PASSWORD)
    (device,) = set(DEVICE.findall(other.get("/settings/devices").text))
    assert other.sends("/settings/devices", to=device).status_code == 303
    page = browser.post("/settings", data=open_here)
    assert page.status_code == 401
    assert ENDED in page.text
    assert "\nA long text</textarea>" in page.text
    browser.sends("/login", username=ada, password=PASSWORD)
    assert browser.post("/settings", data=open_here).status_code == 303
    assert "A long text" in browser.get("/settings").text


def test_who_leaves_is_gone(browser: Browser, ada: str, forum: Forum) -> None:
    assert browser.sends("/settings/delete", password=NEW).status_code == 403
    assert browser.sends("/settings/delete", password=PASSWORD).status_code == 303
    assert browser.user is None
    assert forum.get(f"/api/users/{ada}").status_code == 404


def test_the_longest_names_still_fit_into_a_cookie(browser: Browser) -> None:
    """Browsers keep 4,096 bytes of a cookie with its attributes."""
    username = unique("a" * 21)
    answer = browser.sends("/register", username=username, password=PASSWORD, display_name="🌿" * 60)
    assert answer.status_code == 303
    assert max(map(len, answer.headers.get_list("set-cookie"))) < 4096
    assert browser.user == username


def kept(answer: httpx.Response) -> dict[str, str]:
    """The session that a page gives to its browser."""
    return opened(answer.cookies["session"])
