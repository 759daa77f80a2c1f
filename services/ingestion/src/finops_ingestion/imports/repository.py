"""Imports, periods and revisions in PostgreSQL."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest, read_page
from finops_ingestion.imports.domain import (
    MOST_OUTAGES,
    DeliveredFile,
    Import,
    ImportFile,
    Period,
)
from finops_ingestion.imports.tables import (
    attempts,
    import_files,
    imports,
    looks,
    periods,
    revisions,
    shares,
)

_IMPORT = [imports.c[name] for name in Import.__dataclass_fields__]
_FILE = [import_files.c[name] for name in ImportFile.__dataclass_fields__]
_PERIOD = [periods.c[name] for name in Period.__dataclass_fields__]
_ACTIVE = imports.c.state.in_(("queued", "running", "paused"))
_WORKED_ON = imports.c.state.in_(("queued", "running"))
_MOVE = imports.c.cause == "move"
_SAME = ("billing_source_id", "period")


def _import(row: Row[Any]) -> Import:
    return Import(**{name: getattr(row, name) for name in Import.__dataclass_fields__})


class ImportRepository:
    """The imports that the transaction's scope shows."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, new: Import) -> bool:
        """False when one of the same source and period waits, runs or is paused.

        Re-cuts after a move are counted apart from imports that read bills.
        """
        values = {name: getattr(new, name) for name in Import.__dataclass_fields__}
        row = insert(imports).values(**values).on_conflict_do_nothing()
        return await self._tx.execute(row) == 1

    async def get(self, import_id: UUID, *, locked: bool = False) -> Import:
        """Raises NotFound."""
        found = select(*_IMPORT).where(imports.c.id == import_id)
        row = await self._tx.one_or_none(found.with_for_update() if locked else found)
        if row is None:
            raise NotFound
        return _import(row)

    async def page(self, organization_id: UUID, request: PageRequest) -> Page[Import]:
        return await read_page(
            self._tx,
            select(*_IMPORT).where(imports.c.organization_id == organization_id),
            request,
            sortable={"created_at": imports.c.created_at},
            default="-created_at",
            unique=imports.c.id,
            make=_import,
        )

    async def find_delivery(self, source_id: UUID, fingerprint: str) -> Import | None:
        """The newest import of a delivery that is under way, or whose revision stands."""
        stands = exists().where(
            periods.c.billing_source_id == source_id, periods.c.fingerprint == fingerprint
        )
        found = (
            select(*_IMPORT)
            .where(imports.c.billing_source_id == source_id)
            .where(imports.c.fingerprint == fingerprint)
            .where(or_(_ACTIVE, and_(imports.c.state.in_(("done", "partial")), stands)))
            .order_by(imports.c.created_at.desc())
            .limit(1)
        )
        row = await self._tx.one_or_none(found)
        return None if row is None else _import(row)

    async def find_active(
        self, source_id: UUID, period: date, *, move: bool = False
    ) -> Import | None:
        """The import of a period that waits, runs or is paused; or the re-cut after a `move`."""
        found = select(*_IMPORT).where(
            imports.c.billing_source_id == source_id,
            imports.c.period == period,
            _ACTIVE,
            _MOVE if move else ~_MOVE,
        )
        row = await self._tx.one_or_none(found)
        return None if row is None else _import(row)

    async def has_failed(self, source_id: UUID, period: date, fingerprint: str) -> bool:
        """Whether importing this very delivery once more would fail again.

        One that its cloud did not hand out is no worse for it: it has so many more goes, since
        who closes a bucket may never open it again.
        """
        # Of one that nobody worked on any more the delivery itself is not at fault.
        code = func.coalesce(imports.c.code, "")
        counted = func.count().filter(code.not_in(("given-up", "not-available")))
        silent = func.count().filter(code == "not-available")
        found = select(counted > 0, silent >= MOST_OUTAGES).where(
            imports.c.billing_source_id == source_id,
            imports.c.period == period,
            imports.c.fingerprint == fingerprint,
            imports.c.state == "failed",
            ~_MOVE,
        )
        return any(await self._tx.one(found))

    async def change(self, import_id: UUID, **values: Any) -> None:  # noqa: ANN401 - columns
        await self._tx.execute(update(imports).where(imports.c.id == import_id).values(**values))

    async def left_running(self, before: datetime) -> list[Import]:
        """Imports begun long before that have not ended; paused ones may wait."""
        since = func.coalesce(imports.c.resumed_at, imports.c.created_at)
        found = select(*_IMPORT).where(_WORKED_ON, since < before)
        return [_import(row) for row in await self._tx.all(found)]

    async def give_up(self, import_id: UUID) -> None:
        """End one that nobody works on, unless it has ended meanwhile."""
        left = update(imports).where(imports.c.id == import_id, _WORKED_ON)
        ended = {"state": "failed", "stage": "ended", "code": "given-up"}
        await self._tx.execute(left.values(**ended, finished_at=self._tx.now))

    async def list_alive(self, import_ids: Iterable[UUID]) -> set[UUID]:
        """Those of these imports that have not ended."""
        found = select(imports.c.id).where(imports.c.id.in_(list(import_ids)), _ACTIVE)
        return {row.id for row in await self._tx.all(found)}

    async def add_files(self, new: Import, files: Iterable[DeliveredFile]) -> None:
        """Note the files of an import; those it has already stay as they are."""
        owner = {"company_id": new.company_id, "organization_id": new.organization_id}
        rows = [{"import_id": new.id, **owner, **asdict(file)} for file in files]
        if rows:
            # Row by row in one batch: a statement of them all would have too many parameters.
            await self._tx.execute(insert(import_files).on_conflict_do_nothing(), rows)

    async def files(self, import_id: UUID) -> list[ImportFile]:
        found = select(*_FILE).where(import_files.c.import_id == import_id)
        rows = await self._tx.all(found.order_by(import_files.c.name))
        return [ImportFile(**row._mapping) for row in rows]

    async def change_files(self, import_id: UUID, name: str | None = None, **values: Any) -> None:  # noqa: ANN401 - columns
        """Change one file, or all of an import."""
        changed = update(import_files).where(import_files.c.import_id == import_id)
        if name is not None:
            changed = changed.where(import_files.c.name == name)
        await self._tx.execute(changed.values(**values))


class PeriodRepository:
    """Periods, attempts and revisions that the transaction's scope shows."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def find(self, source_id: UUID, period: date) -> Period | None:
        row = await self._tx.one_or_none(self._of(source_id, period))
        return None if row is None else Period(**row._mapping)

    async def lock(self, read: Import, period: date) -> Period:
        """The period's row, made when it is new; nobody else changes it until the commit."""
        row = insert(periods).values(
            billing_source_id=read.billing_source_id,
            period=period,
            company_id=read.company_id,
            organization_id=read.organization_id,
        )
        await self._tx.execute(row.on_conflict_do_nothing())
        found = self._of(read.billing_source_id, period).with_for_update()
        return Period(**(await self._tx.one(found))._mapping)

    def _of(self, source_id: UUID, period: date) -> Select[Any]:
        return select(*_PERIOD).where(
            periods.c.billing_source_id == source_id, periods.c.period == period
        )

    async def lock_all(self, source_id: UUID) -> list[Period]:
        """Every period of a source; their rows are locked."""
        found = select(*_PERIOD).where(periods.c.billing_source_id == source_id)
        rows = await self._tx.all(found.order_by(periods.c.period).with_for_update())
        return [Period(**row._mapping) for row in rows]

    async def made_by(self, period: Period) -> UUID | None:
        """The import that made the revision that stands; None when none does."""
        stands = select(revisions.c.import_id).where(
            revisions.c.billing_source_id == period.billing_source_id,
            revisions.c.period == period.period,
            revisions.c.revision == period.revision,
        )
        found: UUID | None = await self._tx.scalar(stands)
        return found

    async def list_of(self, source_id: UUID) -> list[Period]:
        found = select(*_PERIOD).where(periods.c.billing_source_id == source_id)
        rows = await self._tx.all(found.order_by(periods.c.period.desc()))
        return [Period(**row._mapping) for row in rows]

    async def with_lines(self, source_id: UUID) -> set[date]:
        """Periods of a source whose standing revision holds anything."""
        held = current_shares().with_only_columns(shares.c.period).distinct()
        rows = await self._tx.all(held.where(shares.c.billing_source_id == source_id))
        return {row.period for row in rows}

    async def change(self, period: Period, **values: Any) -> None:  # noqa: ANN401 - columns
        await self._tx.execute(
            update(periods)
            .where(periods.c.billing_source_id == period.billing_source_id)
            .where(periods.c.period == period.period)
            .values(**values)
        )

    async def add_attempt(self, **values: Any) -> None:  # noqa: ANN401 - columns
        await self._tx.execute(insert(attempts).values(**values))

    async def change_attempt(self, attempt: UUID, **values: Any) -> None:  # noqa: ANN401 - columns
        await self._tx.execute(update(attempts).where(attempts.c.id == attempt).values(**values))

    async def open_attempts(self, import_id: UUID) -> Sequence[Row[Any]]:
        """Attempts of an import that neither committed nor were given up."""
        return await self._tx.all(
            select(attempts).where(attempts.c.import_id == import_id, attempts.c.state == "started")
        )

    async def dead_attempts(self, before: datetime, dropped: datetime) -> Sequence[Row[Any]]:
        """Attempts begun long ago that no period waits for, and what was `dropped` before then."""
        waiting = select(periods.c.attempt).where(periods.c.attempt.is_not(None))
        left = and_(
            attempts.c.state == "started",
            attempts.c.started_at < before,
            attempts.c.id.not_in(waiting),
        )
        gone = and_(attempts.c.state == "dropped", attempts.c.started_at < dropped)
        return await self._tx.all(select(attempts).where(or_(gone, left)))

    async def add_revision(self, values: dict[str, Any], parts: list[dict[str, Any]]) -> None:
        await self._tx.execute(insert(revisions).values(**values))
        if parts:
            await self._tx.execute(insert(shares).values(parts))


class LookRepository:
    """When each source is looked at next; all but `results` in system scope."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def claim(self, source_id: UUID, company_id: UUID, every: timedelta) -> bool:
        """Take the look that is due, if it is; the next one is due `every` later."""
        due = self._tx.now + every
        row = insert(looks).values(billing_source_id=source_id, company_id=company_id, due_at=due)
        change = row.on_conflict_do_update(
            index_elements=[looks.c.billing_source_id],
            set_={"due_at": due},
            where=looks.c.due_at <= self._tx.now,
        )
        return await self._tx.execute(change) == 1

    async def results(
        self, sources: Iterable[UUID]
    ) -> dict[UUID, tuple[datetime | None, str | None]]:
        """When each of these was looked at last, and why that could not be done if it could not."""
        found = select(looks.c.billing_source_id, looks.c.looked_at, looks.c.reason)
        rows = await self._tx.all(found.where(looks.c.billing_source_id.in_(list(sources))))
        return {row.billing_source_id: (row.looked_at, row.reason) for row in rows}

    async def looked(self, source_id: UUID, reason: str | None) -> None:
        """Note how the look went; `reason` why it could not."""
        changed = update(looks).where(looks.c.billing_source_id == source_id)
        await self._tx.execute(changed.values(looked_at=self._tx.now, reason=reason))


def current_shares() -> Select[Any]:
    """The shares of revisions that stand, with their finality; scope is the transaction's."""
    return (
        select(
            shares,
            revisions.c.finality,
            revisions.c.as_of,
            revisions.c.attempt,
            revisions.c.committed_at,
        )
        .join(revisions, _joined(revisions))
        .join(periods, _joined(periods))
    )


def standing_revisions() -> Select[Any]:
    """Revisions that stand with their shares, each a row; an erased one has none and one row."""
    told = [shares.c[name] for name in ("organization_id", "parts", "rows", "lines", "totals")]
    return (
        select(revisions, *(column.label(f"share_{column.name}") for column in told))
        .join(periods, _joined(periods, revisions))
        .outerjoin(shares, _joined(revisions))
    )


def _joined(other: Any, one: Any = shares) -> Any:  # noqa: ANN401 - tables, a condition
    return and_(*(one.c[name] == other.c[name] for name in (*_SAME, "revision")))
