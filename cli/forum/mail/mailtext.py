"""The text of a mail: its plain parts, else its HTML as text; what is left out is named in a line."""

from email.message import Message

from forum.mail.charsets import clean, decode, header_text
from forum.mail.flowed import unflowed
from forum.mail.htmltext import text_of

DEEPEST = 20  # parts within parts
LONGEST = 200_000  # characters; a mail's median is 2,600
SIGNATURES = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
FORWARDED = ("From", "Date", "Subject")


def text_of_mail(message: Message) -> str:
    """All text of the mail in reading order, at most LONGEST characters; "" when there is none."""
    text = "\n\n".join(filter(None, (text.strip("\n") for text in _texts(message, 0))))
    text = clean(text).rstrip()
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n\n[{len(text) - LONGEST:,} more characters were not imported]"
    return text if text.strip() else ""


def _texts(part: Message, depth: int) -> list[str]:
    content_type = part.get_content_type()
    if part.is_multipart() and depth < DEEPEST:
        children = [child for child in part.get_payload() if isinstance(child, Message)]
        if content_type == "multipart/alternative":
            return _best([_texts(child, depth + 1) for child in children], children)
        heads = [_forwarded(child) for child in children] if content_type == "message/rfc822" else []
        return heads + [text for child in children for text in _texts(child, depth + 1)]
    if content_type in SIGNATURES:
        return []
    name = _file_name(part)
    if content_type in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
        return [_text(part, content_type)]
    size = len(payload) if isinstance(payload := part.get_payload(decode=True), bytes) else 0
    return [f"[attachment: {', '.join(filter(None, (name, content_type, f'{size:,} bytes')))}]"]


def _best(alternatives: list[list[str]], parts: list[Message]) -> list[str]:
    """Of the same text in several forms the plain one, else the first that says anything."""
    written = [
        (part, texts) for part, texts in zip(parts, alternatives, strict=True) if any(map(str.strip, texts))
    ]
    plain = [texts for part, texts in written if part.get_content_type() == "text/plain"]
    return next(iter([*plain, *(texts for _, texts in written)]), [])


def _text(part: Message, content_type: str) -> str:
    payload = part.get_payload(decode=True)
    text = decode(payload, part.get_content_charset()) if isinstance(payload, bytes) else str(payload or "")
    if content_type == "text/html":
        return text_of(text)
    if str(part.get_param("format", "")).lower() == "flowed":
        return unflowed(clean(text), delsp=str(part.get_param("delsp", "")).lower() == "yes")
    return text


def _forwarded(message: Message) -> str:
    lines = [f"{name}: {header_text(str(message[name]))}" for name in FORWARDED if message[name]]
    return "\n".join(["[forwarded mail]", *lines])


def _file_name(part: Message) -> str:
    try:
        return header_text(part.get_filename() or "")
    except (LookupError, ValueError, AttributeError):  # RFC 2231 with an unknown charset
        return ""
