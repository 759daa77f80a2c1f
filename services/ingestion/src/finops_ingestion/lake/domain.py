"""What an organization's tables should hold of a billing period, and what may go."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from uuid import UUID

from finops_common.contracts.ingestion import CostTotal, Finality

FILE_OF: Mapping[str, str] = MappingProxyType({"line_items": "items", "tags": "tags"})
"""The tables, and which file of a share each of them holds."""
COSTS = ("billed_cost", "effective_cost", "list_cost")
LARGE = 1024**3
"""Bytes; what is larger gains nothing from compaction."""
MANY_FILES = 8
GRACE = timedelta(days=1)
"""How long a file that nothing names any more still lies there for who has just found it."""


@dataclass(frozen=True)
class Share:
    """What stands of one billing source; `files` by what they hold."""

    billing_source_id: UUID
    company_id: UUID
    revision: int
    finality: Finality
    totals: tuple[CostTotal, ...]
    files: Mapping[str, str]


@dataclass(frozen=True)
class Month:
    """What stands of one organization's billing period."""

    organization_id: UUID
    period: date
    shares: tuple[Share, ...]

    def files(self, table: str) -> frozenset[str]:
        """The blobs that the table should hold."""
        kind = FILE_OF[table]
        return frozenset(share.files[kind] for share in self.shares if kind in share.files)

    @property
    def closed(self) -> bool:
        return all(share.finality != "open" for share in self.shares)

    @property
    def totals(self) -> tuple[CostTotal, ...]:
        """The sums of all shares, by currency."""
        found: dict[str, CostTotal] = {}
        for total in (total for share in self.shares for total in share.totals):
            before = found.get(total.currency)
            sums = {name: getattr(total, name) + getattr(before, name, 0) for name in COSTS}
            found[total.currency] = CostTotal(currency=total.currency, **sums)
        return tuple(total for _, total in sorted(found.items()))

    @property
    def told(self) -> dict[str, str]:
        """What the snapshot's summary says of it."""
        revisions = sorted(f"{s.billing_source_id}={s.revision}" for s in self.shares)
        return {"finops.period": f"{self.period:%Y-%m}", "finops.revisions": ",".join(revisions)}


def table_folder(organization_id: UUID, table: str) -> str:
    """Where, below the blobs' root, a table keeps what is its own."""
    return f"organization={organization_id}/lake/{table}"


def compacted_mark(keys: Iterable[str]) -> str:
    """What the name of a file carries that holds the rows of exactly these blobs."""
    return "compacted-" + hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:32]


def worth_compacting(sizes: Sequence[int], *, closed: bool) -> bool:
    """Whether files of these bytes should become one: a closed period's, or too many."""
    return len(sizes) >= (2 if closed else MANY_FILES) and sum(sizes) <= LARGE


def outlived(snapshots: Sequence[tuple[int, datetime]], before: datetime) -> list[int]:
    """The snapshots, given oldest first, that had their successor before that instant."""
    followed = pairwise(snapshots)
    return [snapshot for (snapshot, _), (_, replaced_at) in followed if replaced_at < before]
