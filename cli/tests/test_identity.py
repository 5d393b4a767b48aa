"""Ids and names that an import makes are the same each time, and nobody else's."""

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from forum.mail.reading import Mail, read
from forum.mail.senders import NOBODY, senders
from forum.moving.identity import stable_id, usernames

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)


def wrote(address: str, subject: str = "") -> tuple[Mail, datetime]:
    return read(f"From: {address}\nSubject: {subject}\n\nText".encode()), NOON


def test_an_id_is_a_uuid_of_version_7_that_carries_the_time() -> None:
    id_ = stable_id("message", "a@b.example", NOON)
    assert str(id_) == str(stable_id("message", "a@b.example", NOON))
    assert (id_.version, id_.variant) == (7, "specified in RFC 4122")
    assert id_.int >> 80 == NOON.timestamp() * 1000


def test_another_kind_or_name_is_another_id() -> None:
    ids = {stable_id(kind, name, NOON) for kind in ("topic", "message") for name in ("a", "b")}
    assert len(ids) == 4


@given(st.text(max_size=50), st.text(min_size=1, max_size=50))
def test_every_name_is_one_that_people_may_have(wish: str, who: str) -> None:
    names = list(usernames(wish, who))
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{3,30}", name) for name in names)
    assert len({name.lower() for name in names}) == len(names)
    assert "deleted" not in [name.lower() for name in names]


def test_a_name_is_as_near_to_the_wish_as_it_may_be() -> None:
    assert next(usernames("jörg.eßer", "a")) == "jorg-eer"
    assert next(usernames("Deleted", "a")).startswith("Deleted-")
    assert next(usernames("ab", "a")).startswith("ab-")
    assert next(usernames("笹原", "a")).startswith("user-")
    assert next(usernames("x" * 40, "a")).startswith("x" * 25)
    assert next(usernames("ab", "a")) != next(usernames("ab", "b"))


def test_people_are_their_addresses_and_are_called_as_they_mostly_are() -> None:
    mails = [
        wrote("Ann <ann@x.example>"),
        wrote("Ann Ash <ANN@x.example>", "1"),
        wrote("Ann Ash <ann@x.example>", "2"),
        wrote("bob@x.example"),
    ]
    ann, bob = senders(mails)
    assert (ann.email, ann.display_name("ann"), ann.mails) == ("ann@x.example", "Ann Ash", 3)
    assert (bob.email, bob.display_name("bob")) == ("bob@x.example", "bob")


def test_a_display_name_is_cut_to_what_the_api_allows() -> None:
    (long,) = senders([wrote(f"{'n' * 59} {'m' * 9} <a@x.example>")])
    assert long.display_name("a") == "n" * 59


def test_mails_of_nobody_have_one_author() -> None:
    (nobody,) = senders([wrote(""), wrote("", "other")])
    assert nobody.email is None
    assert nobody.external_id
    assert nobody.display_name("unknown") == NOBODY
