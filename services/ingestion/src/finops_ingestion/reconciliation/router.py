"""HTTP of invoice reconciliation."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Path, Security

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller, organization_router
from finops_ingestion.dependencies import Reconciliations
from finops_ingestion.reconciliation import schemas
from finops_ingestion.reconciliation.domain import Reconciliation, less

router = organization_router("/billing-sources/{billing_source_id}/periods", "billing sources")
MayRead = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:view"])]
MayChange = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:edit"])]
Month = Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-10"])]
InvoiceId = Annotated[str, Path(max_length=200, pattern=r"^[^/\\\x00-\x1f]+$")]


@router.get("/{period}/reconciliation", summary="Records, bill and invoices of a month")
async def read_reconciliation(
    billing_source_id: UUID, period: Month, caller: MayRead, reconciliations: Reconciliations
) -> schemas.ReconciliationView:
    """By invoice: what records, bill and invoice say, and what explains the difference."""
    return view(await reconciliations.read(caller, billing_source_id, _first_day(period)))


@router.put("/{period}/invoices/{invoice_id}", summary="Say what an invoice comes to")
async def state_invoice(
    billing_source_id: UUID,
    period: Month,
    invoice_id: InvoiceId,
    body: schemas.InvoiceAmount,
    caller: MayChange,
    reconciliations: Reconciliations,
) -> schemas.ReconciliationView:
    """As it is printed there; replaces what was said before. The month, compared anew."""
    month = _first_day(period)
    found = await reconciliations.state(
        caller, billing_source_id, month, invoice_id, body.amount, body.currency
    )
    return view(found)


@router.delete(
    "/{period}/invoices/{invoice_id}", status_code=204, summary="Withdraw what an invoice comes to"
)
async def withdraw_invoice(
    billing_source_id: UUID,
    period: Month,
    invoice_id: InvoiceId,
    caller: MayChange,
    reconciliations: Reconciliations,
) -> None:
    """Nothing is stated of it any more; repeating it is harmless."""
    month = _first_day(period)
    await reconciliations.state(caller, billing_source_id, month, invoice_id, None, None)


def view(found: Reconciliation) -> schemas.ReconciliationView:
    """The reconciliation with all that follows from it."""
    sums = [
        schemas.SumView(
            currency=currency, recorded=recorded, billed=billed, difference=less(recorded, billed)
        )
        for currency, (recorded, billed) in found.sums().items()
    ]
    return schemas.ReconciliationView(
        period=found.period,
        revision=found.revision,
        finality=found.finality,
        state=found.state,
        sums=tuple(sums),
        invoices=tuple(
            schemas.InvoiceView.model_validate(each, from_attributes=True)
            for each in found.invoices
        ),
    )


def _first_day(period: str) -> date:
    return date.fromisoformat(f"{period}-01")
