"""What of an organization's commitments ends when."""

from dataclasses import dataclass
from datetime import datetime

from finops_commitments.expiries.domain import Expiries, expiries
from finops_commitments.figures.opened import Answer, OpenedRecords
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.billed import eligible_a_day
from finops_commitments.inventory.listed import commitments_listed
from finops_commitments.inventory.service import BILL, USE, InventoryService, billed_at, merge
from finops_common.acting import Acts


@dataclass(frozen=True, slots=True)
class ExpiryService:
    """Use cases of expiries."""

    records: OpenedRecords
    inventory: InventoryService

    async def ahead(self, acts: Acts, at: datetime, windows: int) -> Answer[list[Expiries]]:
        """Cliff, liability curve and months left as seen at `at`, by currency."""
        listed = commitments_listed(await self.inventory.snapshots(acts))

        def question(records: HourlyRecords, _: object) -> list[Expiries]:
            billed = billed_at(records, at)
            eligible = eligible_a_day(records, at - USE, at)
            held = merge(listed, billed.commitments)
            return expiries(held, billed.uses, eligible, at, windows)

        return await self.records.ask(acts, at - BILL, at, question)
