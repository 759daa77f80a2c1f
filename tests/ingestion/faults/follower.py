"""Commitments' own handlers and tables, fed with what imports have told."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from finops_commitments.revisions.arrow import table_of
from finops_commitments.revisions.handlers import HANDLERS, company_scope
from finops_commitments.revisions.repository import RevisionRepository
from finops_common.acting import Acting
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.events.envelope import decode_headers, from_record

KINDS = {kind.type(): kind for kind in HANDLERS}
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


class Follower:
    """A database of commitments that takes a topic, and then what the relay would send next."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow(
        self, records: Iterable[Any], outbox: Iterable[tuple[dict[str, str], bytes]]
    ) -> None:
        for record in records:
            await self._take(decode_headers(record.headers), record.value)
        for headers, value in outbox:
            await self._take(headers, value)

    async def figures(self, company: UUID, organization: UUID) -> tuple[int, Decimal]:
        """Hourly records that count for the organization, and their effective cost."""
        async with self._database.transaction(
            Acting(scopes.organization(company, organization))
        ) as tx:
            parts = await RevisionRepository(tx).list_parts(*EVER, with_records=True)
        costs = table_of(part.records for part in parts)["effective_cost"].to_pylist()
        return len(costs), sum(costs, Decimal())

    async def _take(self, headers: dict[str, str], value: bytes) -> None:
        kind = KINDS.get(headers.get("ce_type", ""))
        if kind is None:
            return
        message = from_record(kind, headers, value)
        async with self._database.transaction(Acting(company_scope(message))) as tx:
            await HANDLERS[kind](message, tx)
