"""Saved queries and dashboards in PostgreSQL."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, insert, or_, select, update

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest, read_page
from finops_ingestion.costs.saved.domain import Draft, Kind, Saved
from finops_ingestion.costs.saved.tables import saved

_c = saved.c
_COLUMNS = [_c[name] for name in Saved.__dataclass_fields__]


class SavedRepository:
    """What of one kind a reader may see: their own, and what others share."""

    def __init__(self, tx: Transaction, kind: Kind, reader: UUID) -> None:
        self._tx = tx
        self._kind = kind
        self._reader = reader
        self._of_kind = (_c.organization_id == tx.organization_id, _c.kind == kind)

    async def lock(self) -> None:
        """Let the reader's additions come one after another."""
        await self._tx.lock("saved", self._kind, self._tx.organization_id, self._reader)

    async def count_own(self) -> int:
        mine = select(func.count()).where(*self._of_kind, _c.owner_id == self._reader)
        return int(await self._tx.scalar(mine))

    async def find(self, saved_id: UUID, *, lock: bool = False) -> Saved | None:
        found = self._seen().where(_c.id == saved_id)
        row = await self._tx.one_or_none(found.with_for_update() if lock else found)
        return None if row is None else _saved(row)

    async def get(self, saved_id: UUID, *, lock: bool = False) -> Saved:
        """As `find`; with `lock` nobody else changes it meanwhile. Raises NotFound."""
        found = await self.find(saved_id, lock=lock)
        if found is None:
            raise NotFound
        return found

    async def find_all(self, saved_ids: Collection[UUID]) -> dict[UUID, Saved]:
        """Those of these that the reader sees."""
        rows = await self._tx.all(self._seen().where(_c.id.in_(saved_ids)))
        return {row.id: _saved(row) for row in rows}

    async def page(self, request: PageRequest) -> Page[Saved]:
        return await read_page(
            self._tx,
            self._seen(),
            request,
            sortable={name: _c[name] for name in ("name", "created_at", "changed_at")},
            default="name",
            unique=_c.id,
            make=_saved,
        )

    async def add(self, saved_id: UUID, draft: Draft) -> Saved:
        now = self._tx.now
        made = Saved(saved_id, self._reader, draft.name, draft.shared, draft.body, 1, now, now)
        row = insert(saved).values(
            organization_id=self._tx.organization_id,
            company_id=self._tx.company_id,
            kind=self._kind,
            **{name: getattr(made, name) for name in Saved.__dataclass_fields__},
        )
        await self._tx.execute(row)
        return made

    async def change(self, saved_id: UUID, **values: Any) -> Saved:  # noqa: ANN401 - columns
        row = await self._tx.one(
            update(saved)
            .where(*self._of_kind, _c.id == saved_id)
            .values(version=_c.version + 1, changed_at=self._tx.now, **values)
            .returning(*_COLUMNS)
        )
        return _saved(row)

    async def remove(self, saved_id: UUID) -> None:
        await self._tx.execute(delete(saved).where(*self._of_kind, _c.id == saved_id))

    def _seen(self) -> Select[Any]:
        return select(*_COLUMNS).where(*self._of_kind, or_(_c.shared, _c.owner_id == self._reader))


def _saved(row: Row[Any]) -> Saved:
    return Saved(*row[: len(_COLUMNS)])
