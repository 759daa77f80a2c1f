"""What people read of findings, and the thresholds they set."""

from dataclasses import asdict

from finops_commitments.findings.domain import Finding, FindingKind, Thresholds
from finops_commitments.findings.jobs import assess_soon
from finops_commitments.findings.repository import AssessmentRepository, FindingRepository
from finops_common.auth.caller import Caller
from finops_common.contracts.commitments import ThresholdsChanged
from finops_common.db.transaction import Database
from finops_common.ids import new_id
from finops_common.money import plain
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

    async def thresholds(self, caller: Caller) -> Thresholds:
        """From where on figures are findings."""
        async with self._database.transaction(caller) as tx:
            return await AssessmentRepository(tx).thresholds()

    async def set_thresholds(self, caller: Caller, wanted: Thresholds) -> None:
        """Set them; findings follow within seconds."""
        async with self._database.transaction(caller) as tx:
            # Before and after of two who set them at once follow each other.
            await tx.lock("thresholds", tx.organization_id)
            before = await AssessmentRepository(tx).thresholds()
            if before == wanted:
                return
            await AssessmentRepository(tx).set_thresholds(wanted)
            tx.publish(
                ThresholdsChanged(
                    organization_id=tx.organization_id, before=_told(before), after=_told(wanted)
                )
            )
            await assess_soon(tx, tx.company_id, tx.organization_id, new_id())


def _told(thresholds: Thresholds) -> dict[str, str]:
    return {name: plain(value) for name, value in asdict(thresholds).items()}
