"""How far the simulator agrees with the bills of an organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from finops_commitments.agreement.domain import Agreement, agreements
from finops_commitments.agreement.rebuilt import Payer
from finops_commitments.figures.opened import Answer, OpenedRecords
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.revisions.domain import Revision, finality
from finops_common.acting import Acts


@dataclass(frozen=True, slots=True)
class AgreementService:
    """Use cases of the comparison."""

    records: OpenedRecords

    async def compare(self, acts: Acts, month: datetime) -> Answer[dict[Payer, Agreement]]:
        """Simulated against billed in the month that begins at `month`; empty while it is open."""

        def question(
            records: HourlyRecords, revisions: Sequence[Revision]
        ) -> dict[Payer, Agreement]:
            return {} if finality(revisions) == "open" else agreements(records, month)

        until = (month + timedelta(days=32)).replace(day=1)
        return await self.records.ask(acts, month, until, question)
