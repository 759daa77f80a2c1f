"""What of an organization's commitments ends when."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from finops_commitments.expiries.domain import Expiries, expiries
from finops_commitments.figures.domain import ratio
from finops_commitments.figures.measures import figures
from finops_commitments.figures.opened import Answer, OpenedRecords
from finops_commitments.figures.records import Filters, HourlyRecords
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
            eligible = {
                cell.cell.currency: ratio(cell.on_demand_equivalent, Decimal(USE.days))
                for cell in figures(records, filters=Filters(since=at - USE, until=at))
            }
            held = merge(listed, billed.commitments)
            return expiries(held, billed.uses, eligible, at, windows)

        return await self.records.ask(acts, at - BILL, at, question)
