"""What people do with reconciliations: read them, say what an invoice comes to."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion import InvoiceStated
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound
from finops_common.money import plain
from finops_ingestion.accounts.sources import BillingSource, find_source
from finops_ingestion.reconciliation.domain import Reconciliation, invoices_of
from finops_ingestion.reconciliation.repository import InvoiceRepository


class ReconciliationService:
    """The use cases of reconciliations; of the organization's own billing sources only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, caller: Caller, source_id: UUID, period: date) -> Reconciliation:
        """How a month's records, bill and invoices agree. Raises NotFound."""
        async with self._database.transaction(_company(caller)) as tx:
            source = await _own_source(tx, caller, source_id)
            return await _reconcile(InvoiceRepository(tx, source.id, period), period)

    async def state(
        self, caller: Caller, source_id: UUID, period: date, invoice_id: str,
        amount: Decimal | None, currency: str | None,
    ) -> Reconciliation:  # fmt: skip
        """Say what an invoice comes to, before its lines name it or after; None withdraws it.

        The same twice is said once. Raises NotFound: no such source, or nothing was ever
        imported of the month.
        """
        async with self._database.transaction(_company(caller)) as tx:
            source = await _own_source(tx, caller, source_id)
            invoices = InvoiceRepository(tx, source.id, period)
            await invoices.standing()
            before = await invoices.lock_stated(source.company_id, invoice_id)
            if (before.amount, before.currency) != (amount, currency):
                version = await invoices.state(invoice_id, amount, currency)
                event = InvoiceStated(
                    billing_source_id=source.id,
                    company_id=source.company_id,
                    period=period,
                    invoice_id=invoice_id,
                    before=_told(before.amount, before.currency),
                    after=_told(amount, currency),
                )
                tx.publish(event, version=version, organization_id=source.organization_id)
            return await _reconcile(invoices, period)


async def _reconcile(invoices: InvoiceRepository, period: date) -> Reconciliation:
    standing = await invoices.standing()
    closed = standing.finality in {"closed", "restated"}
    first = await invoices.first_closed() if closed else ()
    # A bill with refused rows says less than the invoice does: a person has to state that.
    says = closed and standing.whole
    found = invoices_of(standing.charges, first, await invoices.stated(), closed=says)
    return Reconciliation(period, standing.revision, standing.finality, found)


def _company(caller: Caller) -> Acting:
    # A closed month may have been imported while its payer was another organization's.
    if caller.company_id is None:
        raise NotFound
    return Acting(scopes.company(caller.company_id), caller.origin)


async def _own_source(tx: Transaction, caller: Caller, source_id: UUID) -> BillingSource:
    source = await find_source(tx, source_id)
    if source is None or source.organization_id != caller.organization_id:
        raise NotFound
    return source


def _told(amount: Decimal | None, currency: str | None) -> dict[str, str | None]:
    return {"amount": None if amount is None else plain(amount), "currency": currency}
