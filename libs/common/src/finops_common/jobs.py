"""Background work in PostgreSQL: queued with the effect that wants it, claimed by lease.

A worker that dies leaves a lease that runs out, and the job is taken again: handlers
must bear being run twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Subquery, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.acting import Acting
from finops_common.db.scopes import SYSTEM
from finops_common.db.tables import jobs
from finops_common.db.transaction import Database, Transaction
from finops_common.ids import new_id

LEASE = timedelta(seconds=20)
"""Renewed three times as often; a job goes on within 30 s of its worker's death (PLAT-45)."""
ATTEMPTS = 12
KEPT = timedelta(days=30)
"""A job that is over stays for so long: until then its id cannot be queued again."""

log = structlog.get_logger(__name__)


class GiveUpError(Exception):
    """A handler's word that trying again cannot help; the job is failed with this reason."""


JobHandler = Callable[[UUID, dict[str, Any]], Awaitable[None]]


async def enqueue(
    tx: Transaction,
    kind: str,
    payload: Mapping[str, Any],
    *,
    job_id: UUID | None = None,
    run_at: datetime | None = None,
    lane: str | None = None,
) -> UUID:
    """Queue a job in this transaction; a second one with the same id is the first.

    `lane` says whose work it is, for runners that let lanes take turns.
    """
    identity = job_id or new_id()
    row = insert(jobs).values(
        id=identity, kind=kind, payload=dict(payload), run_at=run_at or tx.now, lane=lane
    )
    await tx.execute(row.on_conflict_do_nothing())
    return identity


async def unfinished(tx: Transaction, job_ids: Collection[UUID]) -> set[UUID]:
    """Those of these jobs that somebody works on or will."""
    waiting = jobs.c.state.in_(("queued", "running"))
    rows = await tx.all(select(jobs.c.id).where(jobs.c.id.in_(list(job_ids)), waiting))
    return {row.id for row in rows}


async def sweep_jobs(database: Database) -> int:
    """Drop jobs that were over 30 days ago; how many."""
    async with database.transaction(Acting(SYSTEM)) as tx:
        return await tx.execute(delete(jobs).where(jobs.c.finished_at < tx.now - KEPT))


class JobRunner:
    """Runs due jobs of `handlers`' kinds one after another; start several for more at once.

    With `per_lane`, no lane has more jobs running in all processes together, and of those that
    wait the lane goes first whose last job ended longest ago.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, JobHandler],
        poll_s: float = 0.5,
        *,
        per_lane: int | None = None,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._poll_s = poll_s
        self._per_lane = per_lane

    async def run(self) -> None:
        """Work until cancelled; a database that is down is waited for."""
        while True:
            try:
                worked = await self.run_one()
            except Exception as error:  # noqa: BLE001 - the loop must outlive whatever one round met
                log.warning("job_round_failed", error=type(error).__name__)
                worked = False
            if not worked:
                await asyncio.sleep(self._poll_s)

    async def run_one(self) -> bool:
        """Claim and run one due job; False when none is due."""
        claimed = await self._claim()
        if claimed is None:
            return False
        job_id, kind, payload, attempts = claimed
        beat = asyncio.create_task(self._keep(job_id, attempts))
        try:
            if attempts > ATTEMPTS:
                raise GiveUpError("its worker ended each time")  # noqa: TRY301 - ends it like any other
            await self._handlers[kind](job_id, payload)
        except GiveUpError as error:
            await self._end(job_id, attempts, "failed", str(error))
        except Exception as error:
            log.exception("job_failed", kind=kind, job_id=str(job_id), attempts=attempts)
            await self._again(job_id, attempts, type(error).__name__)
        else:
            await self._end(job_id, attempts, "done", None)
        finally:
            beat.cancel()
        return True

    async def _claim(self) -> tuple[UUID, str, dict[str, Any], int] | None:
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            is_due = self._is_due(tx.now)
            due = select(jobs).where(*is_due).limit(1).with_for_update(of=jobs, skip_locked=True)
            if self._per_lane:
                # Two that claim at once would both count before the other has claimed.
                await tx.lock("jobs with lanes")
                lanes = self._lanes(is_due, tx.now)
                due = due.outerjoin(lanes, lanes.c.lane == jobs.c.lane)
                due = due.where(func.coalesce(lanes.c.busy, 0) < self._per_lane)
                due = due.order_by(lanes.c.served.asc().nulls_first())
            row = await tx.one_or_none(due.order_by(jobs.c.run_at))
            if row is None:
                return None
            change = {
                "state": "running",
                "lease_until": tx.now + LEASE,
                "attempts": row.attempts + 1,
            }
            await tx.execute(update(jobs).where(jobs.c.id == row.id).values(**change))
            return row.id, row.kind, row.payload, row.attempts + 1

    def _is_due(self, now: datetime) -> tuple[ColumnElement[bool], ...]:
        return (
            jobs.c.kind.in_(self._handlers),
            jobs.c.state.in_(("queued", "running")),
            jobs.c.run_at <= now,
            or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < now),
        )

    def _lanes(self, is_due: tuple[ColumnElement[bool], ...], now: datetime) -> Subquery:
        """The lanes that wait: how many of each run, and when it last had its turn."""
        waiting = select(jobs.c.lane).where(*is_due, jobs.c.lane.is_not(None)).distinct().subquery()
        others = jobs.alias()
        of_lane = others.c.lane == waiting.c.lane
        running = (others.c.state == "running", others.c.lease_until >= now)
        busy = select(func.count()).select_from(others).where(of_lane, *running)
        ended = select(func.max(others.c.finished_at)).where(of_lane)
        # One that failed and waits to be tried again has had its turn as well.
        tried = select(func.max(others.c.run_at)).where(
            of_lane, others.c.finished_at.is_(None), others.c.attempts > 0
        )
        served = func.greatest(ended.scalar_subquery(), tried.scalar_subquery())
        return select(
            waiting.c.lane, busy.scalar_subquery().label("busy"), served.label("served")
        ).subquery()

    async def _keep(self, job_id: UUID, attempts: int) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            try:
                async with self._database.transaction(Acting(SYSTEM)) as tx:
                    change = update(jobs).where(*_ours(job_id, attempts))
                    await tx.execute(change.values(lease_until=tx.now + LEASE))
            except Exception as error:  # noqa: BLE001 - the next beat may get through
                log.warning("job_lease_not_renewed", error=type(error).__name__)

    async def _again(self, job_id: UUID, attempts: int, reason: str) -> None:
        if attempts >= ATTEMPTS:
            return await self._end(job_id, attempts, "failed", reason)
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            wait = timedelta(seconds=min(2**attempts, 3600))
            change = update(jobs).where(*_ours(job_id, attempts))
            await tx.execute(
                change.values(state="queued", lease_until=None, run_at=tx.now + wait, reason=reason)
            )
        return None

    async def _end(self, job_id: UUID, attempts: int, state: str, reason: str | None) -> None:
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            change = update(jobs).where(*_ours(job_id, attempts))
            # The payload may hold personal data (a mail): done is forgotten.
            await tx.execute(
                change.values(
                    state=state, reason=reason, payload={}, finished_at=tx.now, lease_until=None
                )
            )


def _ours(job_id: UUID, attempts: int) -> tuple[ColumnElement[bool], ...]:
    # The number of the attempt is who holds the lease: one that stalled until another
    # took the job over has no say in it any more.
    return (jobs.c.id == job_id, jobs.c.state == "running", jobs.c.attempts == attempts)
