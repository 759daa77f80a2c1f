"""A month's sums by invoice as they are kept, however many, and what refused rows leave open."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.ingestion.registry import Registry

from finops_common.ids import new_id
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
    registry: Registry, sums: list[InvoiceSum], *, rows_refused: tuple[int, ...] = (0,)
) -> BillingSource:
    """A source whose closed month charges this; so many rows were refused, import by import."""
    source = await registry.source(await registry.account())
    async with registry.transaction() as tx:
        for refused in rows_refused:
            read = new_import(source, "f", "schedule", tx.now, period=MONTH)
            ended = replace(read, state="partial" if refused else "done", rows_refused=refused)
            await ImportRepository(tx).add(ended)
    await registry.stands(source, MONTH, "closed", read.id)
    async with registry.transaction() as tx:
        await InvoiceRepository(tx, source.id, MONTH).keep(registry.company, 1, sums)
    return source


@pytest.mark.req("ING-15", part="a bill with refused rows does not vouch for itself")
@pytest.mark.parametrize(
    ("rows_refused", "state"),
    [((0,), "reconciled"), ((1,), "open"), ((1, 0), "reconciled")],
    ids=["whole", "refused", "whole when it was tried again"],
)
async def test_a_closed_bill_with_refused_rows_is_not_reconciled_by_itself(
    registry: Registry, rows_refused: tuple[int, ...], state: str
) -> None:
    source = await closed(registry, [a_sum("INV-1")], rows_refused=rows_refused)
    invoices = ReconciliationService(registry.database)

    by_itself = await invoices.read(registry.caller, source.id, MONTH)
    by_person = await invoices.state(registry.caller, source.id, MONTH, "INV-1", Decimal(1), "USD")

    assert (by_itself.state, by_person.state) == (state, "reconciled")


@pytest.mark.req("ING-15", part="refused rows of months imported for another organization")
async def test_refused_rows_count_in_the_organization_that_the_payer_has_gone_to(
    registry: Registry,
) -> None:
    source = await closed(registry, [a_sum("INV-1")], rows_refused=(1,))
    there = replace(registry, organization=new_id())
    assert source.cloud_account_id is not None
    await registry.detaching.detach(registry.caller, source.cloud_account_id)
    await there.source(await there.account(source.payer_account_id))

    found = await ReconciliationService(there.database).read(there.caller, source.id, MONTH)

    assert found.state == "open"


@pytest.mark.req("ING-15", part="months of thousands of invoices")
async def test_a_month_has_more_invoices_than_a_statement_has_parameters(
    registry: Registry,
) -> None:
    names = [f"INV-{number:04}" for number in range(2_600)]

    source = await closed(registry, [a_sum(name) for name in names])

    found = await ReconciliationService(registry.database).read(registry.caller, source.id, MONTH)
    assert [each.invoice_id for each in found.invoices] == names
