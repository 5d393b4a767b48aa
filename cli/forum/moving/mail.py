"""Mail into the forum: read, threaded, and given to the three loaders in batches of whole topics.

Ids follow from the mails, and the loaders leave alone what is there: an import may be stopped anywhere and
begun again.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from forum.mail.archive import Archive, read_archive
from forum.mail.reading import Mail
from forum.mail.senders import key_of, senders
from forum.mail.spill import Spill
from forum.mail.threads import Thread, threads
from forum.mail.workers import workers
from forum.moving.identity import stable_id
from forum.moving.members import load_senders
from forum.moving.progress import Bars
from forum.moving.stores import Stores
from forum.moving.tally import Tally
from messages.loader import Record as Message
from messages.loader import load as load_messages
from topics.loader import Record as Topic
from topics.loader import load as load_topics

POSTS_AT_ONCE = 1000  # or a whole topic, when that has more


async def import_mail(stores: Stores, files: Sequence[Path], tally: Tally, bars: Bars) -> None:
    """All mails of the files. OSError for a file that cannot be read, Problem for a database that cannot."""
    if not files:
        return
    with workers() as processes, Spill() as spill:
        archive = await read_archive(files, processes, spill, tally, bars)
        found = threads([entry.mail for entry in archive.entries.values()])
        everybody = senders((post.mail, post.time) for thread in found for post in thread.posts)
        authors = await load_senders(stores, everybody, tally, bars)
        with bars.stage("Posts", len(archive.entries)) as stage:
            for planned in batches(found):
                batch = await continued(stores, planned, tally)
                opened = [topic(thread, archive, authors) for thread in batch]
                replies = [message for thread in batch for message in answers(thread, archive, authors)]
                # Topics first: a feed that brings the count of a topic that is not there brings it in vain.
                tally.loaded("topics", len(opened), await load_topics(stores.topics, opened))
                tally.loaded("messages", len(replies), await load_messages(stores.messages, replies))
                stage.more(sum(len(thread.posts) for thread in planned))


def batches(found: Sequence[Thread]) -> Iterator[list[Thread]]:
    """Whole threads, together POSTS_AT_ONCE mails or a few more."""
    batch: list[Thread] = []
    size = 0
    for thread in found:
        batch.append(thread)
        size += len(thread.posts)
        if size >= POSTS_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


async def continued(stores: Stores, batch: Sequence[Thread], tally: Tally) -> list[Thread]:
    """The threads as they go on from what an earlier import made of some of their mails.

    A further file may bring an earlier first mail, or one that joins two threads. A mail that is a topic here
    remains one, and what is new goes to the earliest of them.
    """
    there = await stores.topics_there([topic_id(post.mail) for thread in batch for post in thread.posts])
    threads_on = []
    for thread in batch:
        topics = [post for post in thread.posts if topic_id(post.mail) in there]
        others = tuple(post for post in thread.posts if topic_id(post.mail) not in there)
        threads_on.append(Thread(topics[0], others) if topics else thread)
        tally.known["topics"] += len(topics[1:])
    return threads_on


def topic(thread: Thread, archive: Archive, authors: Mapping[str, UUID]) -> Topic:
    """The first mail of a thread."""
    mail, time = thread.first.mail, thread.first.time
    body, html = archive.text(mail.message_id)
    return Topic(
        id=topic_id(mail),
        author_id=authors[key_of(mail)],
        title=mail.subject,
        body=body,
        html=html,
        tags=[],
        pinned=False,
        state="open",
        created_at=time,
        edited_at=None,
    )


def answers(thread: Thread, archive: Archive, authors: Mapping[str, UUID]) -> Iterator[Message]:
    """The other mails; `reply_to` is the parent where that is one of them."""
    here = {post.mail.message_id for post in thread.others}
    for post in thread.others:
        body, html = archive.text(post.mail.message_id)
        parent = post.answers if post.answers and post.answers.message_id in here else None
        yield Message(
            id=message_id(post.mail),
            topic_id=topic_id(thread.first.mail),
            author_id=authors[key_of(post.mail)],
            body=body,
            html=html,
            reply_to=message_id(parent) if parent else None,
            created_at=post.time,
            edited_at=None,
            deleted=False,
        )


def topic_id(mail: Mail) -> UUID:
    return stable_id("topic", mail.message_id, mail.date)


def message_id(mail: Mail) -> UUID:
    return stable_id("message", mail.message_id, mail.date)
