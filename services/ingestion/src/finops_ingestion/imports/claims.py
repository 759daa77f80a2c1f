"""What the files of a folder may not claim, since anybody can fill one."""

from finops_common.db.transaction import Transaction
from finops_ingestion.accounts.sources import FOLDER, BillingSource, list_exports
from finops_ingestion.imports.domain import Import
from finops_ingestion.imports.orders import Reading, Refused
from finops_ingestion.imports.repository import PeriodRepository


async def refused_claim(
    tx: Transaction, source: BillingSource, read: Import, reading: Reading
) -> Refused | None:
    """Why a folder's bill must not count; None: it may. Other sources may say what they say.

    Lines of another month than its folder's would replace what the folder of that month says.
    What the export of a payer says would be counted twice, and a folder could add to what
    purchases rest on. Of an export that has been stopped the months that it has brought count.
    """
    if source.kind != FOLDER:
        return None
    months = {f"{each.period:%Y-%m}" for each in reading.periods}
    mine = f"{read.period:%Y-%m}"
    if months - {mine}:
        found = ", ".join(sorted(months))
        return Refused(code="other-month", detail=f"its folder says {mine}, its lines {found}")
    exported = await _exported(tx, read)
    twice = sorted(payer for payer in reading.payers if _named_in(payer) & exported)
    if twice:
        detail = f"the bills of {', '.join(twice)} are read from an export already"
        return Refused(code="payer-read-already", detail=detail)
    return None


async def _exported(tx: Transaction, read: Import) -> set[str]:
    """Payers whose bill of the month an export of the company brings, or has brought."""
    return {
        (each.payer_account_id or "").casefold()
        for each in await list_exports(tx)
        if each.stopped_at is None or read.period in await PeriodRepository(tx).with_lines(each.id)
    }


def _named_in(payer: str) -> set[str]:
    """Microsoft's own FOCUS files write it as a path: a billing account, or a profile of one."""
    return {each for each in payer.casefold().split("/") if each}
