"""Deletes the cost records of a billing source: an empty revision takes the place of each."""

from typing import Any

from sqlalchemy import delete, select

from finops_common.contracts.ingestion import CostCommitted, CostStarted, RevisionCommitted
from finops_common.db.transaction import Transaction
from finops_common.ids import new_id
from finops_ingestion.accounts.sources import BillingSource
from finops_ingestion.imports.domain import Period
from finops_ingestion.imports.repository import PeriodRepository
from finops_ingestion.imports.tables import shares
from finops_ingestion.reconciliation.repository import forget_invoices

REASON = "data-deleted"
_EMPTY = "none"


async def erase(tx: Transaction, source: BillingSource) -> None:
    """Let no organization have anything of this source's bills; `tx` holds it to change it.

    The files go with a sweep, ten minutes on. Consumers swap to the empty revision as to any other,
    and one that begins anew finds nothing else.
    """
    periods = PeriodRepository(tx)
    for period in await periods.lock_all(source.id):
        files = await _take_shares(tx, period)
        if files:
            await _commit_empty(tx, period, files)
    await forget_invoices(tx, source.id)


async def _take_shares(tx: Transaction, period: Period) -> list[str]:
    of_period = (
        shares.c.billing_source_id == period.billing_source_id,
        shares.c.period == period.period,
    )
    rows = await tx.all(select(shares.c.files).where(*of_period))
    await tx.execute(delete(shares).where(*of_period))
    return sorted({key for row in rows for key in row.files.values()})


async def _commit_empty(tx: Transaction, period: Period, files: list[str]) -> None:
    attempt, number = new_id(), period.revision + 1
    stream: dict[str, Any] = {
        "billing_source_id": period.billing_source_id,
        "company_id": period.company_id,
        "period": period.period,
        "revision": number,
    }
    facts = {"finality": period.finality, "as_of": period.as_of}
    made = {"import_id": attempt, "committed_at": tx.now}
    periods = PeriodRepository(tx)
    row = stream | facts | made | {"attempt": attempt, "schema": _EMPTY, "parts": 0}
    await periods.add_revision(row, [])
    await periods.change(
        period, revision=number, fingerprint=None, owners=None, committed_at=tx.now, attempt=None
    )
    # As what a dead attempt has left: the sweep deletes it, whenever we die.
    await periods.add_attempt(
        **stream,
        id=attempt,
        import_id=attempt,
        state="dropped",
        files=files,
        started_at=tx.now,
    )
    tx.publish(CostStarted(**stream, attempt=attempt), reason=REASON)
    tx.publish(
        CostCommitted(**stream, **facts, attempt=attempt, parts=0, organizations=()), reason=REASON
    )
    told = RevisionCommitted(
        **stream,
        **facts,
        organizations=(),
        before={"revision": period.revision, "finality": period.finality},
        after={"revision": number, "finality": period.finality},
    )
    tx.publish(told, version=number, reason=REASON)
