"""Sums by invoice and stated invoices in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, and_, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_ingestion.bills.invoices import InvoiceSum
from finops_ingestion.imports.tables import imports, periods, revisions
from finops_ingestion.reconciliation.domain import Charge, Statement
from finops_ingestion.reconciliation.tables import revision_invoices, stated_invoices

_CHARGE = [revision_invoices.c[name] for name in Charge.__dataclass_fields__]


class Standing(NamedTuple):
    """The revision of a period that stands, with its sums by invoice."""

    revision: int
    finality: Any
    charges: tuple[Charge, ...]
    whole: bool
    """No row was refused as it was made; a re-cut reads none, but only open months are cut anew."""


ROWS = 1000


class InvoiceRepository:
    """The invoices of one source's period, within the scope of the source's company."""

    def __init__(self, tx: Transaction, source_id: UUID, period: date) -> None:
        self._tx = tx
        self._key = {"billing_source_id": source_id, "period": period}

    async def keep(self, company_id: UUID, revision: int, sums: Sequence[InvoiceSum]) -> None:
        """Note what a new revision charges; it is there already."""
        rows = [
            asdict(each) | self._key | {"company_id": company_id, "revision": revision, "number": n}
            for n, each in enumerate(sums)
        ]
        # A statement takes 32,767 parameters at most.
        for first in range(0, len(rows), ROWS):
            await self._tx.execute(insert(revision_invoices).values(rows[first : first + ROWS]))
        await self._forget_open(revision)

    async def carry_over(self, before: int, revision: int) -> None:
        """A new revision charges what the one before did: only its cut has changed."""
        columns = [column for column in revision_invoices.c if column.name != "revision"]
        former = select(*columns, literal(revision)).where(
            self._mine(revision_invoices), revision_invoices.c.revision == before
        )
        names = [*(column.name for column in columns), "revision"]
        await self._tx.execute(insert(revision_invoices).from_select(names, former))
        await self._forget_open(revision)

    async def _forget_open(self, revision: int) -> None:
        """Of former revisions only the first closed one is asked for again, for late lines."""
        closed = select(revisions.c.revision).where(
            self._mine(revisions), revisions.c.finality == "closed"
        )
        await self._tx.execute(
            delete(revision_invoices).where(
                self._mine(revision_invoices),
                revision_invoices.c.revision < revision,
                revision_invoices.c.revision.not_in(closed),
            )
        )

    async def standing(self) -> Standing:
        """Period and sums in one look: a commit in between cannot part them. Raises NotFound."""
        same = and_(
            *(periods.c[name] == revision_invoices.c[name] for name in (*self._key, "revision"))
        )
        made = and_(*(revisions.c[name] == periods.c[name] for name in (*self._key, "revision")))
        refused = (
            select(imports.c.rows_refused)
            .join(revisions, revisions.c.import_id == imports.c.id)
            .where(made)
        )
        facts = (periods.c.revision, periods.c.finality, refused.scalar_subquery().label("refused"))
        found = (
            select(*facts, revision_invoices.c.number, *_CHARGE)
            .join(revision_invoices, same, isouter=True)
            .where(self._mine(periods))
            .order_by(revision_invoices.c.number)
        )
        rows = await self._tx.all(found)
        if not rows:
            raise NotFound
        charges = tuple(_charge(row) for row in rows if row.number is not None)
        return Standing(rows[0].revision, rows[0].finality, charges, not rows[0].refused)

    async def first_closed(self) -> tuple[Charge, ...]:
        """What the period charged when it was first closed."""
        closed = select(func.min(revisions.c.revision)).where(
            self._mine(revisions), revisions.c.finality == "closed"
        )
        found = select(*_CHARGE).where(
            self._mine(revision_invoices),
            revision_invoices.c.revision == closed.scalar_subquery(),
        )
        return tuple(_charge(row) for row in await self._tx.all(found))

    async def stated(self) -> tuple[Statement, ...]:
        """What people have stated."""
        found = select(stated_invoices).where(
            self._mine(stated_invoices), stated_invoices.c.amount.is_not(None)
        )
        rows = await self._tx.all(found.order_by(stated_invoices.c.invoice_id))
        return tuple(
            Statement(row.invoice_id, row.amount, row.currency, stated_at=row.stated_at)
            for row in rows
        )

    async def lock_stated(self, company_id: UUID, invoice_id: str) -> Row[Any]:
        """The invoice's row, made when it is new; nobody else states it until the commit."""
        row = insert(stated_invoices).values(
            **self._key, invoice_id=invoice_id, company_id=company_id
        )
        await self._tx.execute(row.on_conflict_do_nothing())
        found = select(stated_invoices).where(self._named(invoice_id))
        return await self._tx.one(found.with_for_update())

    async def state(self, invoice_id: str, amount: Decimal | None, currency: str | None) -> int:
        """Say what a locked invoice comes to; None: nothing is stated. Gives its version."""
        changed = (
            update(stated_invoices)
            .where(self._named(invoice_id))
            .values(
                amount=amount,
                currency=currency,
                version=stated_invoices.c.version + 1,
                stated_at=self._tx.now,
            )
            .returning(stated_invoices.c.version)
        )
        return int((await self._tx.one(changed)).version)

    def _named(self, invoice_id: str) -> ColumnElement[bool]:
        return and_(self._mine(stated_invoices), stated_invoices.c.invoice_id == invoice_id)

    def _mine(self, table: Table) -> ColumnElement[bool]:
        return and_(*(table.c[name] == value for name, value in self._key.items()))


async def forget_invoices(tx: Transaction, source_id: UUID) -> None:
    """Delete what is known of a source's invoices."""
    for table in (revision_invoices, stated_invoices):
        await tx.execute(delete(table).where(table.c.billing_source_id == source_id))


def _charge(row: Row[Any]) -> Charge:
    return Charge(**{name: getattr(row, name) for name in Charge.__dataclass_fields__})
