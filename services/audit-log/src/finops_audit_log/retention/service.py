"""Dropping whole months, each behind a signed checkpoint (AUD-5, AUD-8)."""

from datetime import UTC

import structlog
from joserfc import jws
from joserfc.jwk import OKPKey

from finops_audit_log.entries.domain import canonical_json
from finops_audit_log.retention.domain import due, merkle_root
from finops_audit_log.retention.repository import Month, MonthRepository
from finops_common.acting import Acting
from finops_common.auth.tokens import ALGORITHM
from finops_common.db.scopes import Scope
from finops_common.db.transaction import Database

log = structlog.get_logger(__name__)


class EntriesMissingError(RuntimeError):
    """A month holds other entries than its leaves say: somebody was at it; it is not dropped."""


class RetentionService:
    """Runs under the owner's role: the serving roles cannot drop anything."""

    def __init__(self, owner: Database, key: OKPKey) -> None:
        self._database = owner
        self._key = key

    async def drop_due(self) -> list[Month]:
        """Drop every month whose clock has run out; which they were."""
        async with self._database.transaction(Acting(Scope())) as tx:
            months = await MonthRepository(tx).list_months()
        gone = [month for month in months if due(month.retention, month.end, tx.now)]
        for month in gone:
            await self.drop(month)
        return gone

    async def drop(self, month: Month) -> None:
        """Sign what the month held, then drop it; one transaction.

        Raises:
            ValueError: the month has not ended.
            EntriesMissingError: it holds more or fewer entries than were recorded.
        """
        async with self._database.transaction(Acting(Scope())) as tx:
            if month.end > tx.now:
                raise ValueError("only a month that has ended can be dropped")
            months = MonthRepository(tx)
            count = await months.count(month)
            hashes = await months.leaf_hashes(month)
            if count != len(hashes):
                raise EntriesMissingError(
                    f"{month.part}: {count} entries, {len(hashes)} were recorded"
                )
            root = merkle_root(hashes)
            await months.drop(month, count, root, self._sign(month, count, root))
        log.info("month_dropped", part=month.part, entries=count)

    def _sign(self, month: Month, count: int, root: bytes) -> str:
        statement = {
            "entries": count,
            "from": month.start.astimezone(UTC).isoformat(),
            "retention": month.retention,
            "root": root.hex(),
            "until": month.end.astimezone(UTC).isoformat(),
        }
        header = {"alg": ALGORITHM, "kid": "audit-log", "typ": "audit-checkpoint"}
        return jws.serialize_compact(
            header, canonical_json(statement), self._key, algorithms=[ALGORITHM]
        )
