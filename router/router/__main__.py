"""`python -m router serve | check [FILE] | haproxy | haproxy-map | cloudformation`."""

import argparse
import errno
import os
import sys
from pathlib import Path

import uvloop

from router import check, cloudformation, haproxy, proxy, rules
from router.settings import BadSettings, Settings, from_environment
from router.shares import MONOLITH, BadShares, Shares, haproxy_map, read


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m router", description="The forum's path router.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="route requests (settings: HOST, PORT, RULES, TARGETS, SHARES)")
    checking = commands.add_parser("check", help="say what is wrong with a rules file")
    checking.add_argument("file", nargs="?", type=Path, help="default: RULES, else the packaged rules")
    commands.add_parser(
        "haproxy", help="print a configuration for HAProxy 3.0 (settings: RULES, TARGETS, PORT, RUNTIME_API)"
    )
    commands.add_parser(
        "haproxy-map", help="print the shares that HAProxy starts with, its shares.map (settings: SHARES)"
    )
    commands.add_parser(
        "cloudformation", help="print listener rules for a load balancer of AWS (settings: RULES)"
    )
    chosen = parser.parse_args(arguments)
    try:
        settings = from_environment()
        if chosen.command == "check":
            return check.run(chosen.file or settings.rules)
        if chosen.command == "haproxy-map":
            sys.stdout.write(haproxy_map(read(settings.shares) if settings.shares else Shares()))
            return 0
        loaded = rules.load(settings.rules)
        if chosen.command == "cloudformation":
            sys.stdout.write(cloudformation.render(loaded))
            return 0
        _need_targets(loaded, settings)
        if chosen.command == "haproxy":
            sys.stdout.write(haproxy.render(loaded, settings))
            return 0
        return _serve(settings, loaded)
    except (BadSettings, BadShares, rules.BadRules) as error:
        sys.stderr.write(f"router: {error}\n")
        return 1


def _need_targets(loaded: rules.Rules, settings: Settings) -> None:
    missing = [group for group in loaded.groups() if not settings.targets.get(group)]
    if missing:
        raise BadSettings(f"TARGETS has no address for {', '.join(missing)}; the rules send requests there")
    if settings.shares is not None and not settings.targets.get(MONOLITH):
        raise BadSettings("SHARES needs a group monolith in TARGETS; add its addresses, or unset SHARES")


def _serve(settings: Settings, loaded: rules.Rules) -> int:
    try:
        uvloop.run(proxy.serve(settings, loaded))
    except OSError as error:
        where = f"port {settings.port} on {settings.host}"
        reason = (
            "is in use"
            if error.errno == errno.EADDRINUSE
            else f"cannot be had ({os.strerror(error.errno or 0)})"
        )
        sys.stderr.write(f"router: {where} {reason}; set HOST and PORT to a free one\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
