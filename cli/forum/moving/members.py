"""The people of an archive as users of the forum."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from forum.mail.senders import Sender
from forum.mail.workers import pieces
from forum.moving.identity import stable_id, usernames
from forum.moving.progress import Bars
from forum.moving.stores import Stores
from forum.moving.tally import Tally
from users.loader import Record as User
from users.loader import load as load_users

AT_ONCE = 1000  # people in one transaction


async def load_senders(
    stores: Stores, everybody: Sequence[Sender], tally: Tally, bars: Bars
) -> dict[str, UUID]:
    """The user id of each sender, by `Sender.key`. Who is not here yet becomes a member without a password.

    An address or external id tells who is here already, whatever the username is by now.
    """
    ids: dict[str, UUID] = {}
    with bars.stage("People", len(everybody)) as stage:
        for group in pieces(everybody, AT_ONCE):
            ids |= await stores.user_ids([sender.key for sender in group])
            unknown = {user_id(sender): sender for sender in group if sender.key not in ids}
            gone = await stores.users_there(list(unknown))  # deleted here: no address is left, the texts stay
            new = [sender for id_, sender in unknown.items() if id_ not in gone]
            added = await load_users(stores.users, await _records(stores, new))
            ids |= {sender.key: id_ for id_, sender in unknown.items()}
            tally.loaded("users", len(group), added)
            stage.more(len(group))
    return ids


def user_id(sender: Sender) -> UUID:
    """The same at every import: no time is in it, as older mails of a sender may come later."""
    return stable_id("user", sender.key)


async def _records(stores: Stores, new: Iterable[Sender]) -> list[User]:
    choices = {sender.key: list(usernames(sender.wish, sender.key)) for sender in new}
    asked = {name.lower() for names in choices.values() for name in names}
    taken = await stores.names_taken(sorted(asked))
    records = []
    for sender in new:
        username = next(name for name in choices[sender.key] if name.lower() not in taken)
        taken.add(username.lower())
        records.append(
            User(
                id=user_id(sender),
                username=username,
                display_name=sender.display_name(username),
                bio="",
                role="member",
                state="active",
                email=sender.email,
                external_id=sender.external_id,
                password_hash=None,
                created_at=sender.since,
            )
        )
    return records
