"""One mail, read: what the forum takes from it, and what had to be made up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from hashlib import sha256

from forum.mail.charsets import LONGEST_HEADER, header_text
from forum.mail.mailtext import text_of_mail

ID = re.compile(r"<([^<>\s]+)>")
ADDRESS = re.compile(r"[^\s<>()\[\]\",;:]+@[^\s<>()\[\]\",;:]+")
HIDDEN_AT = re.compile(r"^(\S+) at (\S+\.\S+)")  # pipermail writes `From: ann at example.org (Ann)`
VIA = re.compile(r"^(?P<name>.+) via (?P<list>[^<>]+)$", re.IGNORECASE)
NAMES_OF_A_MAIL = ("From", "Date", "Subject", "Message-ID", "Received")  # one of these, or it is no mail
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)  # a fixed bound: the same mail reads the same on any day
NO_SUBJECT = "(no subject)"
NO_TEXT = "(no text)"


class NotAMail(Exception):
    """The bytes cannot be read as a mail; the text says why."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What the forum takes from a mail. Ids stand without their angle brackets."""

    message_id: str
    references: tuple[str, ...]  # every mail that it names as earlier in its thread
    parent_id: str | None  # what it answers: the last of References, else the first of In-Reply-To
    address: str  # lower case; "" when there is none, or only that of a list that wrote itself in
    name: str  # of the author, without " via list"; may be ""
    subject: str
    date: datetime | None  # UTC
    text: str
    made_up: tuple[str, ...]  # what was missing or not to be read


def read(raw: bytes) -> Mail:
    """Reads one mail. NotAMail is all that it raises, whatever the bytes are."""
    try:
        message = message_from_bytes(raw)
        if not any(name in message for name in NAMES_OF_A_MAIL):
            raise NotAMail("no header of a mail")
        return _mail(message, raw)
    except NotAMail:
        raise
    except Exception as error:  # Python's parser has raised a dozen kinds on mails that were really sent
        raise NotAMail(f"not to be read ({type(error).__name__})") from error


def _mail(message: Message, raw: bytes) -> Mail:
    made_up: list[str] = []
    message_id = _message_id(message)
    if not message_id:
        message_id = f"{sha256(raw).hexdigest()}@without.message-id"
        made_up.append("no Message-ID")
    references = [id_ for id_ in ID.findall(_field(message, "References")) if id_ != message_id]
    answered = [id_ for id_ in ID.findall(_field(message, "In-Reply-To")) if id_ != message_id]
    date = next(_dates(message), None)
    if date is None or date != _date(_field(message, "Date")):
        made_up.append("no readable Date")
    charset = message.get_content_charset()
    subject = header_text(_field(message, "Subject"), charset)
    if not subject:
        made_up.append("no Subject")
    text = text_of_mail(message)
    if not text:
        made_up.append("no text")
    address, name = _author(message, charset)
    if not address and not name:
        made_up.append("no From")
    return Mail(
        message_id=message_id,
        references=tuple(dict.fromkeys([*references, *answered])),
        parent_id=references[-1] if references else answered[0] if answered else None,
        address=address,
        name=name,
        subject=subject or NO_SUBJECT,
        date=date,
        text=text or NO_TEXT,
        made_up=tuple(made_up),
    )


def _field(message: Message, name: str) -> str:
    """The first field of that name as it was sent, unfolded, cut at LONGEST_HEADER; "" when there is none."""
    values = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return " ".join(str(next(values, "")).splitlines())[:LONGEST_HEADER]


def _message_id(message: Message) -> str:
    value = _field(message, "Message-ID").strip()
    found = ID.search(value)
    return header_text(found[1] if found else value)


def _author(message: Message, charset: str | None) -> tuple[str, str]:
    """Address (lower case) and display name. Of a mail whose From a list rewrote, the name alone."""
    value = _field(message, "From")
    if "@" not in value:
        value = HIDDEN_AT.sub(r"\1@\2", value.strip())
    name, address = parseaddr(value)
    if "@" not in address:
        found = ADDRESS.search(value)
        address, name = (found[0], name) if found else ("", name or address or value)
    address = header_text(address, charset).lower()
    name = header_text(name, charset).strip("\"' ")
    via = VIA.match(name)
    if via and (address in _list_addresses(message) or _same(via["list"], address)):
        return "", via["name"].strip("\"' ")
    return address, name


def _list_addresses(message: Message) -> set[str]:
    named = " ".join(_field(message, name).lower() for name in ("List-Post", "X-BeenThere"))
    return {address.removeprefix("mailto:") for address in re.findall(r"[^\s<>,:]+@[^\s<>,:]+", named)}


def _same(list_name: str, address: str) -> bool:
    return list_name.strip().lower() in (address, address.partition("@")[0])


def _dates(message: Message) -> Iterator[datetime]:
    """The time of sending, best source first: Date, then the newest Received."""
    received = (value.rpartition(";")[2] for key, value in message.raw_items() if key.lower() == "received")
    for value in (_field(message, "Date"), *map(str, received)):
        if date := _date(value):
            yield date


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(" ".join(value.split())[:200])
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if EARLIEST <= date < LATEST else None
