"""What a session was begun with, in words."""

import re

# The first that is found counts: most browsers claim to be others too.
_PROGRAMS = [
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrom(?:e|ium)/|CriOS/"),
    ("Safari", r"Safari/"),
]
_SYSTEMS = [
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("ChromeOS", r"CrOS"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
]
_PRODUCT = re.compile(r"[A-Za-z][\w.-]{0,30}")


def device_name(user_agent: str) -> str:
    """`Firefox on Linux`; the name of any other program, `curl`; `Unknown device` where there is none."""
    program = _first(_PROGRAMS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if program and system:
        return f"{program} on {system}"
    other = _PRODUCT.match(user_agent)
    return program or (other[0] if other else "Unknown device")


def _first(known: list[tuple[str, str]], user_agent: str) -> str:
    return next((name for name, signs in known if re.search(signs, user_agent)), "")
