"""What people do to accounts and sessions, at random."""

from typing import Any

from forum_client import PASSWORD
from hypothesis import strategies as st
from hypothesis.stateful import rule
from sameness.edges import NOBODY
from sameness.machine import CAST, KEYS, WHO, Machine

USERNAMES = st.sampled_from([*CAST, "ADA", "bob", "deleted", "eve-3", "x" * 30])
PASSWORDS = st.sampled_from([PASSWORD, PASSWORD, PASSWORD, "another long one", "wrong"])
DISPLAY_NAMES = st.sampled_from(["A.", "Ada 🌿", "<b>Bob</b>", "é\u202e\u0301", " ", "x" * 60])
BIOS = st.sampled_from(["", "Likes *tea*\n", "a\u2028b", "x" * 1000])
ROLES = st.sampled_from(["member", "moderator", "admin"])
STATES = st.sampled_from(["active", "suspended"])
EXPECTED = st.sampled_from(["", "", "seen", "*", '"0-x"', "nonsense"])
USERS = "/api/users"


class People(Machine):
    """Rules of the users service."""

    @rule(username=USERNAMES, password=PASSWORDS, display_name=st.none() | DISPLAY_NAMES, key=KEYS)
    def registers(self, username: str, password: str, display_name: str | None, key: str) -> None:
        account = {"username": username, "password": password, "display_name": display_name}
        self.post(USERS, "", account, key)

    @rule(username=USERNAMES, password=PASSWORDS, key=KEYS)
    def logs_in(self, username: str, password: str, key: str) -> None:
        self.logs_in_with(username, password, key)

    @rule(who=WHO, again=st.booleans(), key=KEYS)
    def refreshes(self, who: str, again: bool, key: str) -> None:
        """With the refresh token of the session, or once more with the one used last."""
        pair = self.acting(who)
        used = self.spent.get(who, pair) if again else pair
        new = self.named(f"{pair or 'nobody'}.")
        keep = {f"{new}.token": "access_token", f"{new}.refresh": "refresh_token"}
        body = {"refresh_token": f"{{{used}.refresh}}"}
        if self.post("/api/sessions/refresh", "", body, key, keep=keep).status == 200:
            self.pairs[who], self.spent[who] = new, used

    @rule(who=WHO)
    def logs_out(self, who: str) -> None:
        if self.step("DELETE", "/api/sessions/current", who=who).status == 204 and who in CAST:
            self.ends(who)

    @rule(who=WHO, which=st.sampled_from([0, -1]))
    def looks_at_sessions(self, who: str, which: int) -> None:
        self.step("GET", "/api/sessions", who=who, keep={"device": f"items.{which}.id"})

    @rule(who=WHO, device=st.sampled_from(["{device}", "{device}", NOBODY, "x"]))
    def ends_a_session(self, who: str, device: str) -> None:
        if "device" in self.both.sides[0].known:
            self.step("DELETE", f"/api/sessions/{device}", who=who)

    @rule(who=WHO, current=PASSWORDS, new=PASSWORDS, key=KEYS)
    def changes_password(self, who: str, current: str, new: str, key: str) -> None:
        body = {"current": current, "new": new}
        if self.post(f"{USERS}/me/password", who, body, key).status == 204:
            name = who.partition(".")[0]
            self.accounts[name] = self.accounts[name][0], new

    @rule(
        who=WHO,
        change=st.fixed_dictionaries({}, optional={"display_name": DISPLAY_NAMES, "bio": BIOS}),
        expected=EXPECTED,
    )
    def changes_profile(self, who: str, change: dict[str, str], expected: str) -> None:
        headers = self.expecting("me", expected)
        self.step("PATCH", f"{USERS}/me", who=who, body=change, headers=headers)

    @rule(who=WHO, password=PASSWORDS)
    def leaves(self, who: str, password: str) -> None:
        if self.step("DELETE", f"{USERS}/me", who=who, body={"password": password}).status == 204:
            name = who.partition(".")[0]
            self.ends(name)
            del self.accounts[name]

    @rule(
        who=WHO,
        username=USERNAMES,
        change=st.fixed_dictionaries({}, optional={"role": ROLES, "state": STATES}),
        expected=EXPECTED,
    )
    def moderates(self, who: str, username: str, change: dict[str, Any], expected: str) -> None:
        headers = self.expecting(username.lower(), expected)
        self.step("PATCH", f"{USERS}/{username}", who=who, body=change, headers=headers)

    @rule(who=WHO)
    def reads_own_profile(self, who: str) -> None:
        self.read(f"{USERS}/me", who, "me")

    @rule(who=WHO, username=USERNAMES)
    def reads_a_profile(self, who: str, username: str) -> None:
        self.read(f"{USERS}/{username}", who, username.lower())

    @rule(
        who=WHO,
        q=st.sampled_from(["", "a", "B", "_", "%25", "x" * 30, "%F0%9F%8C%BF"]),
        limit=st.sampled_from([1, 2, 20, 100]),
    )
    def lists_people(self, who: str, q: str, limit: int) -> None:
        self.read(f"{USERS}?q={q}&limit={limit}", who)

    @rule(who=WHO)
    def reads_keys(self, who: str) -> None:
        self.read("/.well-known/jwks.json", who)
