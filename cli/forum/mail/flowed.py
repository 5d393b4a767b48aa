"""Text whose lines flow (`format=flowed`, RFC 3676): soft line breaks joined into paragraphs again."""

import re

QUOTES = re.compile(">*")
SIGNATURE = "-- "


def unflowed(text: str, *, delsp: bool = False) -> str:
    """The text with every soft break (a space at the end of a line) joined and the space-stuffing undone.

    `delsp`: the space of a soft break is not part of the text (scripts that write without spaces).
    """
    lines: list[str] = []
    depth, paragraph, soft = 0, "", False
    for line in text.split("\n"):
        quotes = QUOTES.match(line)[0]  # type: ignore[index]  # matches the empty string too
        content = line[len(quotes) :].removeprefix(" ")
        if soft and (len(quotes) != depth or content == SIGNATURE):
            lines.append(_quoted(depth, paragraph))
            paragraph = ""
        depth = len(quotes)
        soft = content.endswith(" ") and content != SIGNATURE
        paragraph += content[:-1] if soft and delsp else content
        if not soft:
            lines.append(_quoted(depth, paragraph))
            paragraph = ""
    if soft:
        lines.append(_quoted(depth, paragraph))
    return "\n".join(lines)


def _quoted(depth: int, paragraph: str) -> str:
    return f"{'>' * depth} {paragraph}" if depth else paragraph
