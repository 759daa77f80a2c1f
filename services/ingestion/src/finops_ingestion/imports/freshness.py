"""How fresh each billing source is: what other features ask of imports."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func

from finops_common.db.transaction import Transaction
from finops_ingestion.imports.repository import current_shares
from finops_ingestion.imports.tables import shares


async def freshness(tx: Transaction, source_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """The end of the newest hour with records per source; sources without any are left out."""
    of_sources = current_shares().where(
        shares.c.billing_source_id.in_(source_ids), shares.c.last_hour.is_not(None)
    )
    columns = (shares.c.billing_source_id, func.max(shares.c.last_hour).label("last"))
    newest = of_sources.with_only_columns(*columns).group_by(shares.c.billing_source_id)
    return {row.billing_source_id: row.last for row in await tx.all(newest)}
