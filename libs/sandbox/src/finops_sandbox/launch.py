"""Becomes another program that dies with its parent: run by path, so it imports nothing of ours.

Arguments: parent's pid, parent-death signal, uid and gid (-1 keeps the present ones), then the
program's absolute path and its arguments. Nothing may be imported after the change of user, who
may be unable to read this Python's library. A program is started through this file and not by a ``preexec_fn``,
because forking Python code in a process with threads can dead-lock.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def become(uid: int, gid: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with(parent: int, signal_number: int) -> None:
    """Ask the kernel for a signal when the parent is gone; other systems have no such thing."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel knew of our wish
        sys.exit(0)


def main() -> None:
    parent, signal_number, uid, gid = (int(argument) for argument in sys.argv[1:5])
    program = sys.argv[5:]
    if uid >= 0:
        become(uid, gid)
    die_with(parent, signal_number)  # after the change of user, which clears it
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
