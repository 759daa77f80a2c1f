"""Months as PostgreSQL partitions, and the checkpoints of those that are gone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, text

from finops_audit_log.entries.domain import RETENTIONS, Retention
from finops_audit_log.entries.tables import leaves
from finops_audit_log.retention.tables import checkpoints
from finops_common.db.transaction import Transaction

AHEAD = 3
"""Months that are ready before their first entry."""


@dataclass(frozen=True, slots=True)
class Month:
    """All entries of one retention recorded in one calendar month, UTC."""

    retention: Retention
    start: datetime

    @property
    def end(self) -> datetime:
        return (self.start + timedelta(days=32)).replace(day=1)

    @property
    def part(self) -> str:
        """The end of its partitions' names; safe in SQL, being made of our own words."""
        return f"{self.retention}_{self.start:%Y%m}"


async def make_months(tx: Transaction) -> None:
    """Make this month's partitions and the next ones' where they are missing; in system scope."""
    month = tx.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(AHEAD):
        await tx.scalar(select(func.make_month(month)))
        month = (month + timedelta(days=32)).replace(day=1)


class MonthRepository:
    """Months as their owner sees them."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def list_months(self) -> list[Month]:
        """Those there are, oldest first."""
        names = await self._tx.all(
            text(
                "SELECT substr(c.relname, 9) FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'parts' AND c.relkind = 'r'"
                " AND c.relname ~ '^entries_[a-z]+_[0-9]{6}$'"
            )
        )
        months = [_month(name) for (name,) in names]
        return sorted(months, key=lambda month: (month.start, month.retention))

    async def count(self, month: Month) -> int:
        """Entries in its partition, which nobody may fill meanwhile."""
        table = f"parts.entries_{month.part}"
        await self._tx.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        return int(await self._tx.scalar(text(f"SELECT count(*) FROM {table}")))  # noqa: S608 - see Month.part

    async def leaf_hashes(self, month: Month) -> list[bytes]:
        """In order of chain and sequence: the order of the checkpoint's tree."""
        columns = leaves.c
        rows = await self._tx.all(
            select(columns.leaf_hash)
            .where(columns.retention == month.retention)
            .where(columns.recorded_at >= month.start, columns.recorded_at < month.end)
            .order_by(columns.chain_id, columns.sequence)
        )
        return [row.leaf_hash for row in rows]

    async def drop(self, month: Month, count: int, root: bytes, signature: str) -> None:
        """Leave the checkpoint and drop entries and personal fields."""
        await self._tx.execute(
            insert(checkpoints).values(
                retention=month.retention,
                month=month.start,
                entries=count,
                root=root,
                signature=signature,
                dropped_at=self._tx.now,
            )
        )
        for parent in ("entries", "personal_fields"):
            await self._tx.execute(text(f"DROP TABLE parts.{parent}_{month.part}"))


def _month(name: str) -> Month:
    retention, _, digits = name.rpartition("_")
    (known,) = (each for each in RETENTIONS if each == retention)
    return Month(known, datetime.strptime(f"{digits}+0000", "%Y%m%z"))
