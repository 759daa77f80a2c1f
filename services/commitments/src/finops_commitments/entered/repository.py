"""What was entered, in PostgreSQL."""

from typing import Any, Generic
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, insert, select, update

from finops_commitments.entered.domain import D, Entered, Kind
from finops_commitments.entered.tables import entered
from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest, read_page

_c = entered.c
_COLUMNS = [_c[name] for name in Entered.__dataclass_fields__]


class EnteredRepository(Generic[D]):
    """All of one kind in the transaction's organization."""

    def __init__(self, tx: Transaction, kind: Kind[D]) -> None:
        self._tx = tx
        self._kind = kind
        self._mine = (_c.organization_id == tx.organization_id, _c.kind == kind.name)

    async def lock(self) -> None:
        """Let additions come one after another."""
        await self._tx.lock("entered", self._kind.name, self._tx.organization_id)

    async def count(self) -> int:
        return int(await self._tx.scalar(select(func.count()).where(*self._mine)))

    async def find(self, entered_id: UUID, *, lock: bool = False) -> Entered[D] | None:
        """With `lock` nobody else changes it meanwhile."""
        wanted = self._select().where(_c.id == entered_id)
        row = await self._tx.one_or_none(wanted.with_for_update() if lock else wanted)
        return None if row is None else self._made(row)

    async def get(self, entered_id: UUID, *, lock: bool = False) -> Entered[D]:
        """As `find`. Raises NotFound."""
        found = await self.find(entered_id, lock=lock)
        if found is None:
            raise NotFound
        return found

    async def list_all(self) -> list[Entered[D]]:
        """All of them, the oldest first."""
        rows = await self._tx.all(self._select().order_by(_c.id))
        return [self._made(row) for row in rows]

    async def page(self, request: PageRequest) -> Page[Entered[D]]:
        """By default the oldest first."""
        return await read_page(
            self._tx,
            self._select(),
            request,
            sortable={name: _c[name] for name in ("created_at", "changed_at")},
            default="created_at",
            unique=_c.id,
            make=self._made,
        )

    async def add(self, entered_id: UUID, body: D, by: UUID) -> Entered[D]:
        made = Entered(entered_id, body, 1, by, self._tx.now, self._tx.now)
        row = insert(entered).values(
            organization_id=self._tx.organization_id,
            kind=self._kind.name,
            id=entered_id,
            company_id=self._tx.company_id,
            body=body.model_dump(mode="json"),
            version=1,
            changed_by=by,
            created_at=made.created_at,
            changed_at=made.changed_at,
        )
        await self._tx.execute(row)
        return made

    async def change(self, entered_id: UUID, body: D, by: UUID) -> Entered[D]:
        row = await self._tx.one(
            update(entered)
            .where(*self._mine, _c.id == entered_id)
            .values(
                body=body.model_dump(mode="json"),
                version=_c.version + 1,
                changed_by=by,
                changed_at=self._tx.now,
            )
            .returning(*_COLUMNS)
        )
        return self._made(row)

    async def remove(self, entered_id: UUID) -> None:
        await self._tx.execute(delete(entered).where(*self._mine, _c.id == entered_id))

    def _select(self) -> Select[Any]:
        return select(*_COLUMNS).where(*self._mine)

    def _made(self, row: Row[Any]) -> Entered[D]:
        entered_id, body, *rest = row[: len(_COLUMNS)]
        return Entered(entered_id, self._kind.body.model_validate(body), *rest)
