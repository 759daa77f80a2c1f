"""The risk of each commitment of an organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from finops_commitments.figures.opened import Answer, OpenedRecords
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.findings.service import FindingService
from finops_commitments.inventory.listed import commitments_listed
from finops_commitments.inventory.listing import is_active
from finops_commitments.inventory.service import BILL, InventoryService, billed_at, merge
from finops_commitments.remaining.domain import amortised_an_hour
from finops_commitments.revisions.domain import Revision, known_until
from finops_commitments.risks.causes import cause
from finops_commitments.risks.domain import Risk, risk
from finops_commitments.risks.history import history
from finops_common.auth.caller import Caller

LOOK_BACK = timedelta(days=42)
_HOURS_A_DAY = Decimal(24)


@dataclass(frozen=True, slots=True)
class RiskService:
    """Use cases of risks."""

    records: OpenedRecords
    inventory: InventoryService
    findings: FindingService

    async def risks(self, caller: Caller, at: datetime) -> Answer[list[Risk]]:
        """Of every commitment that runs at `at`: most likely first, then most money."""
        threshold = (await self.findings.thresholds(caller)).utilization_percent
        listed = commitments_listed(await self.inventory.snapshots(caller))

        def question(records: HourlyRecords, revisions: Sequence[Revision]) -> list[Risk]:
            held = merge(listed, billed_at(records, at).commitments)
            # Only whole days count: what the bill does not know yet would read as a fall.
            known = known_until(revisions, at)
            until = known.replace(hour=0, minute=0, second=0, microsecond=0)
            past = history(records, until - LOOK_BACK, until)
            found = []
            for each in held:
                if is_active(each, at):
                    cost = amortised_an_hour(each)
                    a_day = None if cost is None else cost * _HOURS_A_DAY
                    why = cause(*past.places(each))
                    found.append(risk(each, past.days(each), a_day, threshold, why, at))
            return sorted(found, key=_first)

        return await self.records.ask(caller, at - BILL, at, question)


def _first(each: Risk) -> tuple[float, Decimal, str]:
    return -(each.probability or 0.0), -(each.money_at_risk or Decimal(0)), each.commitment_id
