"""Mails are joined to threads whatever order they come in."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from forum.mail.reading import Mail
from forum.mail.threads import UNKNOWN, Thread, threads

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)


def mail(id_: str, *references: str, minute: int | None = 0) -> Mail:
    return Mail(
        message_id=id_,
        references=references,
        parent_id=references[-1] if references else None,
        address="ann@garden.example",
        name="Ann",
        subject="Trees",
        date=None if minute is None else NOON + timedelta(minutes=minute),
        text="Text",
        made_up=(),
    )


def ids(thread: Thread) -> list[str]:
    return [thread.first.mail.message_id, *(post.mail.message_id for post in thread.others)]


def test_an_answer_belongs_to_what_it_answers() -> None:
    (thread,) = threads([mail("b", "a", minute=1), mail("a")])
    assert ids(thread) == ["a", "b"]
    assert thread.others[0].answers is thread.first.mail


def test_answers_to_a_mail_that_is_not_there_are_one_thread() -> None:
    (thread,) = threads([mail("b", "gone", minute=2), mail("c", "gone", minute=1)])
    assert ids(thread) == ["c", "b"]
    assert thread.others[0].answers is None


def test_the_first_mail_is_one_that_answers_none_of_the_others_even_when_its_clock_was_ahead() -> None:
    (thread,) = threads([mail("answer", "question", minute=-30), mail("question")])
    assert ids(thread) == ["question", "answer"]


def test_mails_that_answer_each_other_still_have_a_first_one() -> None:
    (thread,) = threads([mail("a", "b", minute=2), mail("b", "a", minute=1)])
    assert ids(thread) == ["b", "a"]


def test_a_mail_without_a_time_takes_that_of_its_parent_or_of_its_thread() -> None:
    (thread,) = threads([mail("a", minute=None), mail("b", "a", minute=5), mail("c", "b", minute=None)])
    assert [thread.first.time, *(post.time for post in thread.others)] == [NOON + timedelta(minutes=5)] * 3
    assert ids(thread) == ["a", "b", "c"]
    assert threads([mail("x", minute=None)])[0].first.time == UNKNOWN


@given(st.data())
def test_the_order_of_the_mails_changes_nothing(data: st.DataObject) -> None:
    names = [f"id{number}" for number in range(data.draw(st.integers(1, 12)))]
    reference = st.lists(st.sampled_from([*names, "ghost"]), max_size=2, unique=True)
    minute = st.none() | st.integers(0, 3)
    found = [mail(name, *data.draw(reference), minute=data.draw(minute)) for name in names]
    shuffled = random.Random(data.draw(st.integers())).sample(found, len(found))  # noqa: S311
    assert threads(found) == threads(shuffled)
    assert sum(1 + len(thread.others) for thread in threads(found)) == len(found)
