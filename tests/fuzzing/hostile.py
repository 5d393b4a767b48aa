"""Texts that nobody means well with: the project's own, and the collections that this machine has."""

import json
import re
from functools import cache
from pathlib import Path

NASTY = Path(__file__).parents[3] / "shared" / "data" / "nasty"

OWN = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "<a href=java&#10;script:alert(1)>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "![x](data:text/html;base64,PHNjcmlwdD4=)",
    '[x](http://a "t" onclick="alert(1)")',
    '<http://a" onmouseover="alert(1)>',
    "[x]: javascript:alert(1)\n\n[x]",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '``` x" onclick="alert(1)\ntext\n```',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
    "'; DROP TABLE topics; --",
    "%00 %0d%0aSet-Cookie: a=b",
    "\u202egnirts\u202c \u200b\ufeff \ue000 \U0010ffff",
    "e\u0301\u0302\u0303 \u0644\u0627 \U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\u00c5dm\u00edn",
    "\ufdfd" * 501,
    "-1 1e309 NaN 0x10 True null undefined",
]
LOOKALIKES = {
    "k": ["\u212a"],
    "s": ["\u017f"],
    "i": ["\u0131", "\u0130"],
    "a": ["\u0430", "\uff41"],
    "o": ["\u03bf"],
}


@cache
def texts() -> list[str]:
    """Every hostile text once: our own first; then naughty strings, and markup meant to run."""
    found = list(OWN)
    if NASTY.is_dir():
        found += json.loads((NASTY / "strings/blns/blns.json").read_text())
        found += [case["payload"] for case in json.loads((NASTY / "xss/dompurify/expect.json").read_text())]
        for sheet in sorted((NASTY / "xss/owasp").glob("*.md")):
            found += re.findall(r"```\w*\n(.*?)\n```", sheet.read_text(), re.DOTALL)
        for cases in sorted((NASTY / "xss/html5lib-tree-construction").glob("*.dat")):
            found += re.findall(r"#data\n(.*?)\n#errors", cases.read_text(), re.DOTALL)
        found += (NASTY / "xss/payloadbox/xss-payload-list.txt").read_text(errors="replace").splitlines()
    return list(dict.fromkeys(found))


def some(most: int) -> list[str]:
    """So many of them, spread over all, and always all of our own."""
    others = texts()[len(OWN) :]
    return OWN + others[:: max(1, -(-len(others) // max(1, most - len(OWN))))]


@cache
def lookalikes() -> dict[str, list[str]]:
    """By ASCII character those that look like it (after Unicode's list of confusables)."""
    found = {character: list(others) for character, others in LOOKALIKES.items()}
    if NASTY.is_dir():
        confusables = json.loads((NASTY / "strings/confusables/confusables.json").read_text())
        for character, others in confusables.items():
            if character.isascii():
                found.setdefault(character, []).extend(other["c"] for other in others)
    return found
