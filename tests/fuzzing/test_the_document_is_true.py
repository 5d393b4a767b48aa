"""Requests made from the document, well and badly formed, alone and in chains, are answered as it says."""

from collections.abc import Callable

import pytest
from forum_client import Forum, Json
from fuzzing.actors import ROLES, Actor, Cast
from fuzzing.conftest import Sent
from fuzzing.fuzzer import fuzz


@pytest.mark.parametrize("role", ROLES)
def test_what_the_document_says_of_requests_and_answers_is_so(
    forum: Forum,
    document: Json,
    cast: Cast,
    role: str,
    share: int,
    seed: int,
    sent: Sent,
    say: Callable[[str], None],
) -> None:
    outcome = fuzz(forum, document, Actor(cast, role), cast, share, seed, say)
    sent[forum.name, role] = outcome.counts
    if report := outcome.report():
        pytest.fail(f"with --seed {seed}\n{report}", pytrace=False)
    assert outcome.counts.total() >= share
