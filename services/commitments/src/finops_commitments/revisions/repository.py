"""Revisions in PostgreSQL: the stream's side in company scope, the reader's in an organization's."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    case,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from finops_commitments.detachments.repository import collected
from finops_commitments.revisions.domain import Finality, Part, Revision, Stream
from finops_commitments.revisions.tables import (
    cost_attempts,
    cost_hour_parts,
    cost_revisions,
    cost_streams,
)
from finops_common.db.transaction import Transaction

_p, _r = cost_hour_parts.c, cost_revisions.c


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended; `parts` and what follows are known of a committed one."""

    revision: int
    attempt: UUID
    state: Literal["committed", "failed"]
    parts: int = 0
    finality: Finality = "open"
    as_of: datetime | None = None


class StreamRepository:
    """One stream, its row locked: what reaches it is taken one after another."""

    def __init__(self, tx: Transaction, stream: Stream) -> None:
        self._tx = tx
        self._stream = stream
        self._key: dict[str, Any] = {
            "company_id": stream.company_id,
            "billing_source_id": stream.billing_source_id,
            "period": stream.period,
        }

    async def lock(self) -> int:
        """Lock the stream; the revision that counts now, -1 before the first."""
        row = insert(cost_streams).values(**self._key, revision=-1)
        kept = row.on_conflict_do_update(
            index_elements=list(self._key), set_={"revision": cost_streams.c.revision}
        )
        return int(await self._tx.scalar(kept.returning(cost_streams.c.revision)))

    async def find_attempt(self, revision: int, attempt: UUID) -> Attempt | None:
        c = cost_attempts.c
        columns = (c.revision, c.attempt, c.state, c.parts, c.finality, c.as_of)
        row = await self._tx.one_or_none(
            select(*columns).where(
                *self._of(cost_attempts), c.revision == revision, c.attempt == attempt
            )
        )
        return None if row is None else Attempt(**row._mapping)

    async def add_attempt(self, ended: Attempt) -> bool:
        """Remember how an attempt ended; False when that is known."""
        row = insert(cost_attempts).values(
            **self._key,
            revision=ended.revision,
            attempt=ended.attempt,
            state=ended.state,
            parts=ended.parts,
            finality=ended.finality,
            as_of=ended.as_of,
            ended_at=self._tx.now,
        )
        return await self._tx.execute(row.on_conflict_do_nothing()) == 1

    async def add_part(self, part: Part) -> None:
        """Keep a part; the same one again changes nothing."""
        values = {
            name: getattr(part, name)
            for name in ("organization_id", "revision", "attempt", "part", "records", "daily")
        }
        hours = {"first_hour": part.first_hour, "last_hour": part.last_hour}
        row = insert(cost_hour_parts).values(**self._key, **values, **hours)
        await self._tx.execute(row.on_conflict_do_nothing())

    async def count_parts(self, attempt: Attempt) -> int:
        found = select(func.count()).where(*self._of(cost_hour_parts), *_is(attempt))
        return int(await self._tx.scalar(found))

    async def remove_parts(self, attempt: Attempt) -> None:
        await self._tx.execute(
            delete(cost_hour_parts).where(*self._of(cost_hour_parts), *_is(attempt))
        )

    async def swap(self, attempt: Attempt) -> set[UUID]:
        """Make this attempt the revision that counts; the organizations it was or is about."""
        before = await self._tx.all(
            delete(cost_revisions)
            .where(*self._of(cost_revisions))
            .returning(cost_revisions.c.organization_id)
        )
        after = await self._tx.all(self._pointers(attempt))
        await self._forget(attempt)
        moved = {"revision": attempt.revision, "attempt": attempt.attempt}
        await self._tx.execute(update(cost_streams).where(*self._of(cost_streams)).values(**moved))
        return {each.organization_id for each in (*before, *after)}

    def _pointers(self, attempt: Attempt) -> Any:  # noqa: ANN401 - SQLAlchemy's RETURNING types are per column
        facts = {
            "revision": attempt.revision,
            "attempt": attempt.attempt,
            "finality": attempt.finality,
            "as_of": attempt.as_of,
            "swapped_at": self._tx.now,
        }
        fixed = [
            _literal(cost_revisions, name, value) for name, value in (self._key | facts).items()
        ]
        found = (
            select(_p.organization_id, func.min(_p.first_hour), func.max(_p.last_hour), *fixed)
            .where(*self._of(cost_hour_parts), *_is(attempt))
            .group_by(_p.organization_id)
        )
        names = ["organization_id", "first_hour", "last_hour", *self._key, *facts]
        return insert(cost_revisions).from_select(names, found).returning(_r.organization_id)

    async def _forget(self, kept: Attempt) -> None:
        """Drop other attempts of this revision and all of older ones; newer ones may still come."""
        parts, attempts = cost_hour_parts, cost_attempts
        await self._tx.execute(
            delete(parts).where(
                *self._of(parts), parts.c.revision <= kept.revision, parts.c.attempt != kept.attempt
            )
        )
        await self._tx.execute(
            delete(attempts).where(*self._of(attempts), attempts.c.revision <= kept.revision)
        )

    def _of(self, table: Table) -> list[ColumnElement[bool]]:
        return [table.c[name] == value for name, value in self._key.items()]


async def streams_known(tx: Transaction) -> dict[tuple[UUID, date], int]:
    """By billing source and period, the revision that counts now, of every company."""
    c = cost_streams.c
    found = await tx.all(select(c.billing_source_id, c.period, c.revision))
    return {(row.billing_source_id, row.period): row.revision for row in found}


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part of a current revision, its Arrow bytes only where they were asked for.

    `hours`: of records by day those by hour too, where it has some on a day wanted so.
    """

    revision: Revision
    part: int
    records: bytes = b""
    hours: bytes | None = None


class RevisionRepository:
    """The current revisions of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._mine = _r.organization_id == tx.organization_id

    async def list_parts(
        self,
        since: datetime,
        until: datetime,
        *,
        with_records: bool,
        by_hour: Sequence[datetime] | None = None,
        collected_only: bool = False,
    ) -> list[StoredPart]:
        """The parts with records in [since, until): one statement, so all of one moment.

        Records come by hour, or by day with hours of the days `by_hour`. Those of detached
        accounts may be left out: figures have them, advice has not.
        """
        columns = [_r[name] for name in _REVISION]
        records = _records(by_hour) if with_records else []
        found = (
            select(*columns, _p.part, *records)
            .join_from(cost_revisions, cost_hour_parts, _CURRENT)
            .where(self._mine, _p.last_hour >= since, _p.first_hour < until)
            .where(collected(_r.billing_source_id) if collected_only else true())
            .order_by(_r.billing_source_id, _r.period, _p.part)
        )
        return [
            StoredPart(Revision(*row[: len(columns)]), *row[len(columns) :])
            for row in await self._tx.all(found)
        ]


_REVISION = tuple(field.name for field in fields(Revision))
_CURRENT = and_(
    *(
        _p[name] == _r[name]
        for name in ("organization_id", "billing_source_id", "period", "revision", "attempt")
    )
)


def _records(by_hour: Sequence[datetime] | None) -> list[ColumnElement[Any]]:
    if by_hour is None:
        return [_p.records]
    touched = [and_(_p.first_hour <= day.replace(hour=23), _p.last_hour >= day) for day in by_hour]
    return [func.coalesce(_p.daily, _p.records), case((or_(false(), *touched), _p.records))]


def _is(attempt: Attempt) -> Sequence[ColumnElement[bool]]:
    return (_p.revision == attempt.revision, _p.attempt == attempt.attempt)


def _literal(table: Table, name: str, value: object) -> ColumnElement[Any]:
    return literal(value, table.c[name].type)
