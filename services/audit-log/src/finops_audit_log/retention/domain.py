"""Which months may go, and the Merkle root that stays of them (RFC 9162)."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from finops_audit_log.entries.domain import Retention

KEPT: dict[Retention, timedelta] = {
    "staff": timedelta(days=2 * 366),
    "billing": timedelta(days=5 * 366),
}
"""Counted from the end of a month (AUD-8). Log-ins and history go by the leaving of persons and
companies, not by age: their months are dropped when nobody of theirs is left."""


def due(retention: Retention, month_end: datetime, now: datetime) -> bool:
    """Whether a month that ended at `month_end` may be dropped by its age."""
    return retention in KEPT and month_end + KEPT[retention] <= now


def merkle_root(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root of the tree over these leaves, in their order; one pass, log n memory."""
    peaks: list[tuple[int, bytes]] = []
    for leaf in leaf_hashes:
        size, node = 1, leaf
        while peaks and peaks[-1][0] == size:
            node = _node(peaks.pop()[1], node)
            size *= 2
        peaks.append((size, node))
    if not peaks:
        return hashlib.sha256().digest()
    root = peaks.pop()[1]
    while peaks:
        root = _node(peaks.pop()[1], root)
    return root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
