"""Keeps a process within its memory: what it has counts, not the addresses it has asked for."""

import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path

MB = 1024 * 1024
_STATUS = Path("/proc/self/status")
_WATCH_S = 0.05
"""Between two looks; what grows by a gigabyte a second is seen 50 MB late."""
_ADDRESSES = 4
"""Times its memory the process may have as address space. Allocators reserve more than they use
and keep what they have given back; this only stops what grows faster than the watch looks."""


def limit_memory(megabytes: int, exceeded: Callable[[], object]) -> None:
    """Call `exceeded`, in a thread, once this process has more: it must end the process.

    Files that are mapped do not count. Where there is no /proc only address space is limited.
    """
    addresses = _ADDRESSES * megabytes * MB
    resource.setrlimit(resource.RLIMIT_DATA, (addresses, addresses))
    if _STATUS.exists():
        threading.Thread(target=_watch, args=(megabytes * MB, exceeded), daemon=True).start()


def _watch(limit: int, exceeded: Callable[[], object]) -> None:
    while _in_use() <= limit:
        time.sleep(_WATCH_S)  # a thread of its own, which nothing waits for
    exceeded()


def _in_use() -> int:
    told = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return int(told["RssAnon"].split()[0]) * 1024
