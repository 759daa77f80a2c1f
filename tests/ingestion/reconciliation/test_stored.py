"""A month's sums by invoice as they are kept, however many, and what refused rows leave open."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.ingestion.registry import Registry

from finops_ingestion.accounts.sources import BillingSource
from finops_ingestion.bills.invoices import InvoiceSum
from finops_ingestion.imports.queueing import new_import
from finops_ingestion.imports.repository import ImportRepository
from finops_ingestion.reconciliation.repository import InvoiceRepository
from finops_ingestion.reconciliation.service import ReconciliationService

MONTH = date(2026, 3, 1)


def a_sum(invoice: str) -> InvoiceSum:
    one = Decimal(1)
    return InvoiceSum(MONTH, invoice, "AWS EMEA", "USD", "Usage", "usage", one, one, 1)


async def closed(
    registry: Registry, sums: list[InvoiceSum], *, rows_refused: int = 0
) -> BillingSource:
    """A source whose closed month charges this, by a bill of which so many rows were refused."""
    source = await registry.source(await registry.account())
    await registry.stands(source, MONTH, "closed")
    async with registry.transaction() as tx:
        read = new_import(source, "f", "schedule", tx.now, period=MONTH)
        await ImportRepository(tx).add(replace(read, state="partial", rows_refused=rows_refused))
        await InvoiceRepository(tx, source.id, MONTH).keep(registry.company, 1, sums)
    return source


@pytest.mark.req("ING-15", part="a bill with refused rows does not vouch for itself")
@pytest.mark.parametrize(("rows_refused", "state"), [(0, "reconciled"), (1, "open")])
async def test_a_closed_bill_with_refused_rows_is_not_reconciled_by_itself(
    registry: Registry, rows_refused: int, state: str
) -> None:
    source = await closed(registry, [a_sum("INV-1")], rows_refused=rows_refused)
    invoices = ReconciliationService(registry.database)

    by_itself = await invoices.read(registry.caller, source.id, MONTH)
    by_person = await invoices.state(registry.caller, source.id, MONTH, "INV-1", Decimal(1), "USD")

    assert (by_itself.state, by_person.state) == (state, "reconciled")


@pytest.mark.req("ING-15", part="months of thousands of invoices")
async def test_a_month_has_more_invoices_than_a_statement_has_parameters(
    registry: Registry,
) -> None:
    names = [f"INV-{number:04}" for number in range(2_600)]

    source = await closed(registry, [a_sum(name) for name in names])

    found = await ReconciliationService(registry.database).read(registry.caller, source.id, MONTH)
    assert [each.invoice_id for each in found.invoices] == names
