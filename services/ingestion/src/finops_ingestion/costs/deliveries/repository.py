"""Deliveries, their months and runs in PostgreSQL, within one organization."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest, read_page
from finops_ingestion.costs.deliveries.domain import (
    Delivered,
    DeliveredFile,
    Delivery,
    Draft,
    Month,
    Run,
    RunCause,
    Standing,
    Terms,
)
from finops_ingestion.costs.deliveries.tables import deliveries, months, runs
from finops_ingestion.imports.repository import current_shares
from finops_ingestion.imports.tables import shares

ACTIVE = ("queued", "running", "retrying")
_TERMS = TypeAdapter(Terms)
_FILES = TypeAdapter(tuple[DeliveredFile, ...])
_DELIVERY = [deliveries.c[name] for name in Delivery.__dataclass_fields__]
_RUN = [runs.c[name] for name in Run.__dataclass_fields__]
Values = Mapping[str, Any]


class DeliveryRepository:
    """One organization's deliveries."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._tenant = {"organization_id": tx.organization_id, "company_id": tx.company_id}
        self._mine = deliveries.c.organization_id == tx.organization_id

    async def lock(self) -> None:
        """Let additions come one after another."""
        await self._tx.lock("deliveries", self._tx.organization_id)

    async def count(self) -> int:
        return int(await self._tx.scalar(select(func.count()).where(self._mine)))

    async def find(self, delivery_id: UUID, *, lock: bool = False) -> Delivery | None:
        found = select(*_DELIVERY).where(self._mine, deliveries.c.id == delivery_id)
        row = await self._tx.one_or_none(found.with_for_update() if lock else found)
        return None if row is None else _delivery(row)

    async def get(self, delivery_id: UUID, *, lock: bool = False) -> Delivery:
        """As `find`; with `lock` nobody else changes it meanwhile. Raises NotFound."""
        found = await self.find(delivery_id, lock=lock)
        if found is None:
            raise NotFound
        return found

    async def page(self, request: PageRequest) -> Page[Delivery]:
        return await read_page(
            self._tx,
            select(*_DELIVERY).where(self._mine),
            request,
            sortable={name: deliveries.c[name] for name in ("name", "created_at", "changed_at")},
            default="name",
            unique=deliveries.c.id,
            make=_delivery,
        )

    async def add(self, delivery_id: UUID, draft: Draft) -> Delivery:
        """Not proven yet, so nothing is due."""
        row = insert(deliveries).values(
            id=delivery_id,
            name=draft.name,
            enabled=draft.enabled,
            terms=written(draft.terms),
            due_at=self._tx.now,
            version=1,
            created_at=self._tx.now,
            changed_at=self._tx.now,
            **self._tenant,
        )
        return _delivery(await self._tx.one(row.returning(*_DELIVERY)))

    async def change(self, delivery_id: UUID, values: Values) -> Delivery:
        """A change that somebody asked for: a new version."""
        mine = update(deliveries).where(self._mine, deliveries.c.id == delivery_id)
        new = {"version": deliveries.c.version + 1, "changed_at": self._tx.now}
        return _delivery(await self._tx.one(mine.values(**new, **values).returning(*_DELIVERY)))

    async def note(self, delivery: Delivery, values: Values) -> None:
        """What became of it; nothing, if its terms are others by now."""
        mine = update(deliveries).where(
            self._mine, deliveries.c.id == delivery.id, deliveries.c.version == delivery.version
        )
        await self._tx.execute(mine.values(**values))

    async def plan(self, delivery_id: UUID, due_at: datetime) -> None:
        """When it is looked at again."""
        mine = update(deliveries).where(self._mine, deliveries.c.id == delivery_id)
        await self._tx.execute(mine.values(due_at=due_at))

    async def remove(self, delivery_id: UUID) -> None:
        """With its months and runs; who works on one finds no run to go on with."""
        await self._tx.execute(delete(deliveries).where(self._mine, deliveries.c.id == delivery_id))

    async def standing(self) -> list[Standing]:
        """What stands of the organization's months."""
        names = Standing.__dataclass_fields__
        found = current_shares().where(shares.c.organization_id == self._tx.organization_id)
        rows = await self._tx.all(found)
        return [Standing(**{name: getattr(row, name) for name in names}) for row in rows]

    async def delivered(self, delivery_id: UUID) -> list[Delivered]:
        """What the destination holds."""
        columns = [months.c[name] for name in Delivered.__dataclass_fields__]
        rows = await self._tx.all(select(*columns).where(months.c.delivery_id == delivery_id))
        return [Delivered(**row._mapping) for row in rows]

    async def hold(self, run: Run, month: Month) -> None:
        """The destination holds the month, written by this run."""
        told = {
            "fingerprint": month.fingerprint,
            "run_id": run.id,
            "again_at": run.again_at,
            "delivered_at": self._tx.now,
        }
        row = upsert(months).values(
            delivery_id=run.delivery_id, period=month.period, **told, **self._tenant
        )
        await self._tx.execute(
            row.on_conflict_do_update(index_elements=months.primary_key.columns, set_=told)
        )


class RunRepository:
    """Runs of an organization's deliveries."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._mine = runs.c.organization_id == tx.organization_id

    async def find_active(self, delivery_id: UUID) -> Run | None:
        """The one that is not over; a delivery has at most one."""
        found = self._of(delivery_id).where(runs.c.state.in_(ACTIVE))
        row = await self._tx.one_or_none(found)
        return None if row is None else _run(row)

    async def find(self, run_id: UUID, *, lock: bool = False) -> Run | None:
        found = select(*_RUN).where(self._mine, runs.c.id == run_id)
        row = await self._tx.one_or_none(found.with_for_update() if lock else found)
        return None if row is None else _run(row)

    async def page(self, delivery_id: UUID, request: PageRequest) -> Page[Run]:
        return await read_page(
            self._tx,
            self._of(delivery_id),
            request,
            sortable={"created_at": runs.c.created_at},
            default="-created_at",
            unique=runs.c.id,
            make=_run,
        )

    async def add(
        self, run_id: UUID, delivery_id: UUID, requested_by: RunCause, *, anew: bool
    ) -> Run:
        row = insert(runs).values(
            organization_id=self._tx.organization_id,
            company_id=self._tx.company_id,
            id=run_id,
            delivery_id=delivery_id,
            requested_by=requested_by,
            anew=anew,
            state="queued",
            tries=0,
            files=[],
            created_at=self._tx.now,
        )
        return _run(await self._tx.one(row.returning(*_RUN)))

    async def change(self, run: Run, **values: Any) -> Run | None:  # noqa: ANN401 - columns
        """None when another attempt has taken its place, or nothing is left of it."""
        mine = update(runs).where(
            self._mine, runs.c.id == run.id, runs.c.attempt.is_not_distinct_from(run.attempt)
        )
        row = await self._tx.one_or_none(mine.values(**values).returning(*_RUN))
        return None if row is None else _run(row)

    def _of(self, delivery_id: UUID) -> Select[Any]:
        return select(*_RUN).where(self._mine, runs.c.delivery_id == delivery_id)


async def list_due(tx: Transaction, limit: int) -> Sequence[Row[Any]]:
    """Company, organization and id of deliveries whose time has come; system scope."""
    columns = (deliveries.c.company_id, deliveries.c.organization_id, deliveries.c.id)
    due = select(*columns).where(
        deliveries.c.enabled, deliveries.c.proven_at.is_not(None), deliveries.c.due_at <= tx.now
    )
    return await tx.all(due.order_by(deliveries.c.due_at).limit(limit))


def written(terms: Terms) -> Any:  # noqa: ANN401 - JSON
    """As it is kept."""
    return _TERMS.dump_python(terms, mode="json")


def files_kept(files: tuple[DeliveredFile, ...]) -> Any:  # noqa: ANN401 - JSON
    """As runs keep them, a month once."""
    by_month: dict[date, DeliveredFile] = {each.period: each for each in files}
    return _FILES.dump_python(tuple(by_month.values()), mode="json")


def _delivery(row: Row[Any]) -> Delivery:
    found = dict(zip(Delivery.__dataclass_fields__, row, strict=False))
    return Delivery(**found | {"terms": _TERMS.validate_python(found["terms"])})


def _run(row: Row[Any]) -> Run:
    found = dict(zip(Run.__dataclass_fields__, row, strict=False))
    return Run(**found | {"files": _FILES.validate_python(found["files"])})
