"""The revision of a period that stands, found for the import that cuts it anew."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from finops_common.blobs import Blobs
from finops_common.db.transaction import Transaction
from finops_ingestion.imports.domain import Import, Period
from finops_ingestion.imports.orders import StandingFiles
from finops_ingestion.imports.repository import PeriodRepository, current_shares
from finops_ingestion.imports.tables import revisions, shares

PRODUCTS = ("hourly", "items", "tag_sets", "tags")


class Standing(NamedTuple):
    """The revision of a period that stands, with the files of all shares by what they hold."""

    period: Period
    schema: str
    files: Mapping[str, Sequence[str]]


async def find_standing(tx: Transaction, read: Import) -> Standing | None:
    """What an import after a move cuts anew; None when there is nothing (any more)."""
    if read.period is None:
        return None
    period = await PeriodRepository(tx).find(read.billing_source_id, read.period)
    if period is None or period.finality != "open":
        return None
    rows = await tx.all(
        current_shares()
        .add_columns(revisions.c.schema)
        .where(shares.c.billing_source_id == read.billing_source_id)
        .where(shares.c.period == read.period)
        .order_by(shares.c.organization_id)
    )
    if not rows:
        return None
    files = {name: [r.files[name] for r in rows if name in r.files] for name in PRODUCTS}
    return Standing(period, rows[0].schema, files)


async def fetch_standing(blobs: Blobs, standing: Standing) -> StandingFiles:
    """The same as local files.

    Raises:
        BlobMissingError: its data was deleted meanwhile.
    """
    local = {
        name: tuple([await blobs.local(key) for key in keys])
        for name, keys in standing.files.items()
    }
    return StandingFiles(period=standing.period.period, schema_name=standing.schema, files=local)
