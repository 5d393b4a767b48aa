"""Plain text to Markdown that reads as the text did: the same characters, the same lines.

Lines that begin with `>` become block quotes; prose keeps its line breaks; where columns matter (code, diffs,
tables, drawings) a fenced block keeps every space. What CommonMark would take for markup is escaped.
"""

import re
from collections.abc import Iterable
from itertools import chain, groupby

DEEPEST = 8  # quotes within quotes; renderers stop at about 20 levels, and nobody reads on
QUOTED = re.compile(r" ?>")
INDENTED = re.compile(r" {2}|\t")
IN_COLUMNS = re.compile(r"[^\s.?!] {3}|\S\t")  # three spaces after a full stop are a typist's
LONE_CODE = re.compile(r"(?: {4}|[ ]*\t)\s*(?!https?://)")
DIFF = re.compile(r"^(?:diff |--- \S|\+\+\+ \S|@@ -\d|Index: )")
DIFF_LINE = re.compile(r"^(?:[ +\-@\\]|diff |index |Index: |Only in |new file|deleted file|={10})")
FENCE = re.compile(r"^\s*(`{3,})")
# A link: narrow enough that a renderer gives back the same letters, and without a sentence's full stop.
URL = (
    r"https?://[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*(?::\d+)?"
    r"(?:[A-Za-z0-9_~/?#@$&+=-]|[.,:;!'()*]+(?=[A-Za-z0-9/_~#?=&-]))*"
)
MARKUP = re.compile(
    rf"(?P<url>\b(?>{URL})(?![%\w\\]))"
    r"|[\\`*\[]|<(?=\S)|&(?=[#A-Za-z])|~(?=~)|(?<![^\W_])_|_(?![^\W_])"
)
AT_START = re.compile(r"[-+=#>~|]|:(?=[-|: ]+$)|\d{1,9}(?=[.)](?:\s|$))")


def quoted(text: str) -> str:
    """The text as CommonMark. Rendered, its visible lines are the text's, `>` shown as quotes."""
    return "\n".join(_blocks([line.rstrip() for line in text.split("\n")], 0))


def _blocks(lines: list[str], depth: int) -> list[str]:
    markdown: list[str] = []
    for is_quote, run in groupby(lines, key=lambda line: depth < DEEPEST and bool(QUOTED.match(line))):
        if markdown:
            markdown.append("")
        if is_quote:
            inner = _blocks([QUOTED.sub("", line, count=1).removeprefix(" ") for line in run], depth + 1)
            markdown += [f"> {line}" if line else ">" for line in inner]
        else:
            markdown += _paragraphs(list(run))
    return markdown


def _paragraphs(lines: list[str]) -> list[str]:
    """Paragraphs and fenced blocks of lines without quotes, a blank line between each."""
    markdown: list[str] = []
    fenced: list[str] = []  # a block in the making, with the blank lines between its parts
    in_diff = False
    blanks = 0
    for block in _blocks_between_blanks(lines):
        if not block[0]:
            blanks = len(block)
            continue
        in_diff = any(map(DIFF.match, block)) or (in_diff and all(map(DIFF_LINE.match, block)))
        if in_diff or _in_columns(block, after_columns=bool(fenced)):
            fenced += [*[""] * (blanks if fenced else 0), *block]
            continue
        markdown += [*_fence(fenced), *_prose(block), ""]
        fenced = []
    return [*markdown, *_fence(fenced)][:-1]


def _blocks_between_blanks(lines: list[str]) -> Iterable[list[str]]:
    """Runs of blank and of other lines; a signature (`-- `) begins a run of its own."""
    apart = chain.from_iterable(["", line] if line == "--" else [line] for line in lines)
    return (list(run) for _, run in groupby(apart, key=bool))


def _in_columns(block: list[str], *, after_columns: bool) -> bool:
    """Whether the look of these lines hangs on their spaces, be it more than a first line's indent."""
    first, *others = block
    if any(map(INDENTED.match, others)) or any(map(IN_COLUMNS.search, block)):
        return True
    return not others and bool(INDENTED.match(first) if after_columns else LONE_CODE.match(first))


def _fence(lines: list[str]) -> list[str]:
    if not lines:
        return []
    longest = max((len(found[1]) for line in lines if (found := FENCE.match(line))), default=2)
    return ["`" * (longest + 1), *lines, "`" * (longest + 1), ""]


def _prose(lines: Iterable[str]) -> list[str]:
    """A paragraph, a hard line break (two spaces) at the end of every line but the last."""
    *broken, last = (_escaped(line.lstrip()) for line in lines)
    return [*(f"{line}  " for line in broken), last]


def _escaped(line: str) -> str:
    start = ""
    if found := AT_START.match(line):
        end = found.end()
        start = f"{line[:end]}\\{line[end]}" if line[0].isdigit() else f"\\{line[0]}"
        line = line[end + 1 :] if line[0].isdigit() else line[1:]
    return start + MARKUP.sub(_escape, line)


def _escape(found: re.Match[str]) -> str:
    url = found["url"]
    if url is None:
        return f"\\{found[0]}"
    return f"<{url}>" if "xn--" not in url else url.replace("_", "\\_").replace("*", "\\*")
