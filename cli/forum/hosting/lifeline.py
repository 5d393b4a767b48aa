"""Runs a command that ends when its parent ends, however the parent ends. A script that stands alone.

    python -IS lifeline.py PARENT SIGNAL UID GID COMMAND…

PARENT is the parent's pid and SIGNAL the number that the command gets when the parent is gone. UID and GID
are whom the command runs as; -1 keeps the present user. On Linux the kernel holds the line (prctl(2),
PR_SET_PDEATHSIG) and this process becomes the command. Elsewhere this process stays, passes signals on, and
looks for its parent five times a second.

It is an executable of its own rather than a `preexec_fn`, which is unsafe beside threads.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1


def tied(on_death: signal.Signals, command: list[str], uid: int = -1, gid: int = -1) -> list[str]:
    """What to execute so that `command` runs, and gets the signal when this process ends."""
    numbers = (os.getpid(), int(on_death), uid, gid)
    return [sys.executable, "-IS", __file__, *map(str, numbers), *command]


def main(arguments: list[str]) -> int:
    parent, number, uid, gid = (int(argument) for argument in arguments[:4])
    command = arguments[4:]
    libc = ctypes.CDLL(None, use_errno=True)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform != "linux":
        return watch(parent, number, command)
    if libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:  # after setuid, which clears it; exec does not
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() == parent:  # else it died before the line was there
        os.execv(command[0], command)  # noqa: S606  a shell has no place here
    return 1


def watch(parent: int, number: int, command: list[str]) -> int:
    """Run `command` until it or the parent ends; its exit status, or 128 + the signal that ended it."""
    child = subprocess.Popen(command)  # noqa: S603  the caller's own command
    for passed_on in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(passed_on, lambda received, _: child.send_signal(received))
    while child.poll() is None:
        if os.getppid() != parent:
            child.send_signal(number)
            break
        time.sleep(0.2)
    status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
