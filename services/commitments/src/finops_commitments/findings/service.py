"""What people read of findings, and the threshold they set."""

from decimal import Decimal

from finops_commitments.findings.domain import Finding, FindingKind
from finops_commitments.findings.jobs import assess_soon
from finops_commitments.findings.repository import AssessmentRepository, FindingRepository
from finops_common.auth.caller import Caller
from finops_common.db.transaction import Database
from finops_common.ids import new_id
from finops_common.pagination import Page, PageRequest


class FindingService:
    """Use cases of findings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, caller: Caller, request: PageRequest, *, kind: FindingKind | None, state: str | None
    ) -> Page[Finding]:
        """Findings of the organization."""
        async with self._database.transaction(caller) as tx:
            return await FindingRepository(tx).page(request, kind=kind, state=state)

    async def threshold(self, caller: Caller) -> Decimal:
        """Percent of utilization below which a commitment is a finding."""
        async with self._database.transaction(caller) as tx:
            return await AssessmentRepository(tx).threshold()

    async def set_threshold(self, caller: Caller, percent: Decimal) -> None:
        """Set it; findings follow within seconds."""
        async with self._database.transaction(caller) as tx:
            await AssessmentRepository(tx).set_threshold(percent)
            await assess_soon(tx, tx.company_id, tx.organization_id, new_id())
