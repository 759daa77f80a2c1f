"""Hourly records of organizations, opened once per set of revisions and asked in threads.

The key is what the answer is made from, so what is kept is never stale; the least
recently asked goes when room runs out.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import duckdb
import pyarrow as pa
from anyio import CapacityLimiter, to_thread

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.figures.sharing import without_foreign_commitments
from finops_commitments.revisions import domain as revisions_domain
from finops_commitments.revisions.arrow import days_and_hours, table_of
from finops_commitments.revisions.domain import Finality, Revision, days_in_part
from finops_commitments.revisions.repository import RevisionRepository, StoredPart
from finops_common.acting import Acts
from finops_common.contracts.ingestion_queries import CostGroupRules
from finops_common.db.transaction import Database
from finops_common.errors.problem import Unavailable

T = TypeVar("T")
_Key = tuple[tuple[datetime, ...] | None, tuple[tuple[UUID, UUID, int], ...]]
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What was found, and the revisions and version of cost groups it was made from."""

    value: T
    revisions: tuple[Revision, ...]
    cost_groups_version: int | None = None

    @property
    def finality(self) -> Finality:
        return revisions_domain.finality(self.revisions)

    @property
    def as_of(self) -> datetime | None:
        return revisions_domain.as_of(self.revisions)


@dataclass(frozen=True, slots=True)
class _Wanted:
    acts: Acts
    since: datetime
    until: datetime
    collected_only: bool
    by_hour: tuple[datetime, ...] | None


@dataclass(slots=True)
class _Opened:
    """One set of records; the lock keeps it to one thread at a time."""

    records: HourlyRecords | None = None
    size: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class OpenedRecords:
    """Answers questions over an organization's current records.

    Args:
        kept_bytes: of Arrow data that stay open between questions.
        query_memory_mb: working memory of DuckDB, per opened set.
        threads: questions at once in this process.
    """

    def __init__(
        self, database: Database, *, kept_bytes: int, query_memory_mb: int, threads: int
    ) -> None:
        self._database = database
        self._kept_bytes = kept_bytes
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{query_memory_mb}MB",
            "threads": threads,
            "enable_external_access": False,
        }
        self._limiter = CapacityLimiter(threads)
        self._kept: OrderedDict[_Key, _Opened] = OrderedDict()

    async def ask(
        self,
        acts: Acts,
        since: datetime,
        until: datetime,
        question: Callable[[HourlyRecords, Sequence[Revision]], T],
        *,
        collected_only: bool = False,
        daily: bool = False,
        cost_groups: CostGroupRules | None = None,
    ) -> Answer[T]:
        """`question` over the records of revisions that touch [since, until), in a thread.

        `collected_only` leaves out what detached accounts have left. `daily` is for questions
        about [since, until) alone that no hour within a day changes: a tenth of the records or
        less, for days of which it has only a part come by hour. Questions about cost groups
        need their rules.

        Raises:
            Unavailable: revisions kept changing underneath.
        """

        def sorted_question(records: HourlyRecords, revisions: Sequence[Revision]) -> T:
            records.sort_into(cost_groups)
            return question(records, revisions)

        for _ in range(_TRIES):
            by_hour = days_in_part(since, until) if daily else None
            wanted = _Wanted(acts, since, until, collected_only, by_hour)
            parts = await self._parts(wanted, with_records=False)
            revisions = tuple(dict.fromkeys(part.revision for part in parts))
            key = _key(wanted, parts)
            opened = self._opened(key)
            async with opened.lock:
                if self._kept.get(key) is not opened:
                    continue  # forgotten while we waited
                records = opened.records or await self._open(opened, wanted, key)
                if records is None:
                    continue
                value = await _to_its_end(
                    to_thread.run_sync(sorted_question, records, revisions, limiter=self._limiter)
                )
            await self._make_room()
            return Answer(value, revisions, cost_groups.version if cost_groups else None)
        raise Unavailable

    async def close(self) -> None:
        """Close everything that is open."""
        while self._kept:
            await _closed(self._kept.popitem(last=False)[1])

    @property
    def kept(self) -> int:
        """Sets of records that are open."""
        return len(self._kept)

    def _opened(self, key: _Key) -> _Opened:
        opened = self._kept.setdefault(key, _Opened())
        self._kept.move_to_end(key)
        return opened

    async def _open(self, opened: _Opened, wanted: _Wanted, key: _Key) -> HourlyRecords | None:
        """Fetch and open the records; None when they are no longer the current ones."""
        try:
            parts = await self._parts(wanted, with_records=True)
            if _key(wanted, parts) == key:
                opened.records, opened.size = await _to_its_end(
                    to_thread.run_sync(self._read, parts, wanted.by_hour, limiter=self._limiter)
                )
        finally:
            if opened.records is None:
                self._kept.pop(key, None)
        return opened.records

    async def _parts(self, wanted: _Wanted, *, with_records: bool) -> list[StoredPart]:
        async with self._database.transaction(wanted.acts) as tx:
            return await RevisionRepository(tx).list_parts(
                wanted.since,
                wanted.until,
                with_records=with_records,
                by_hour=wanted.by_hour,
                collected_only=wanted.collected_only,
            )

    def _read(
        self, parts: Sequence[StoredPart], by_hour: Sequence[datetime] | None
    ) -> tuple[HourlyRecords, int]:
        if by_hour is None:
            read = table_of(part.records for part in parts)
        else:
            read = days_and_hours(((part.records, part.hours) for part in parts), by_hour)
        table: pa.Table = without_foreign_commitments(read)
        connection = duckdb.connect(config=self._config)
        connection.register("arrow_records", table)
        return HourlyRecords(connection, "arrow_records"), table.nbytes

    async def _make_room(self) -> None:
        used = sum(each.size for each in self._kept.values())
        idle = [key for key, each in self._kept.items() if not each.lock.locked()]
        gone: list[_Opened] = []
        # All at once: while one is closed, another may be asked for or forgotten by somebody else.
        for key in idle[:-1]:
            if used <= self._kept_bytes:
                break
            gone.append(self._kept.pop(key))
            used -= gone[-1].size
        for each in gone:
            await _closed(each)


async def _to_its_end(thread: Coroutine[Any, Any, T]) -> T:
    """Who is cancelled waits for its thread all the same: it holds records others may want."""
    running = asyncio.create_task(thread)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def _closed(opened: _Opened) -> None:
    if opened.records is not None:
        await to_thread.run_sync(opened.records.close)


def _key(wanted: _Wanted, parts: Sequence[StoredPart]) -> _Key:
    found = ((e.revision.billing_source_id, e.revision.attempt, e.part) for e in parts)
    return wanted.by_hour, tuple(found)
