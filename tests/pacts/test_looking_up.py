"""How messages learns a topic that no feed has told it of, over what its pact says that topics answers."""

import pytest
from pacts.consumers import Consumer, introducing, present
from pacts.exchange import Exchange, served
from pacts.expectations import LOOK_UP_REFUSALS, LOOK_UPS, TOPIC, UNKNOWN, messages_topics

from chassis.problem import Unavailable
from messages.errors import TopicNotFound


@pytest.fixture
async def messages(consumers: dict[str, Consumer]) -> Consumer:
    """The service, which knows no topic."""
    await consumers["messages"].begins(messages_topics)
    return consumers["messages"]


@pytest.mark.parametrize("state", LOOK_UPS)
async def test_a_topic_becomes_known_in_its_state(messages: Consumer, state: str) -> None:
    with served(LOOK_UPS[state]) as peer:
        async with introducing(messages, peer) as (introductions, _):
            await introductions.learn(TOPIC)
    assert await messages.knows(messages_topics) == ([{"id": str(TOPIC), "state": state}], "")


async def test_what_topics_does_not_know_does_not_exist(messages: Consumer) -> None:
    with served(UNKNOWN) as peer:
        async with introducing(messages, peer) as (introductions, _):
            with pytest.raises(TopicNotFound):
                await introductions.learn(TOPIC)
    assert await messages.knows(messages_topics) == ([], "")


@pytest.mark.parametrize("refusal", LOOK_UP_REFUSALS, ids=str)
async def test_a_refusal_says_try_again_and_nothing_becomes_known(
    messages: Consumer, refusal: Exchange
) -> None:
    with served(refusal) as peer:
        async with introducing(messages, peer) as (introductions, client):
            present(client, refusal.auth)
            with pytest.raises(Unavailable) as refused:
                await introductions.learn(TOPIC)
    assert int(refused.value.headers["Retry-After"]) > 0
    assert await messages.knows(messages_topics) == ([], "")
