"""How far the simulator agrees with the bills of an organization."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from finops_commitments.agreement.domain import (
    Agreement,
    NotComparable,
    agreements,
    not_comparable,
)
from finops_commitments.agreement.rebuilt import Payer
from finops_commitments.figures.opened import Answer, OpenedRecords
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.listed import commitments_listed
from finops_commitments.inventory.service import InventoryService
from finops_commitments.revisions.domain import Revision, finality
from finops_common.acting import Acts


@dataclass(frozen=True, slots=True)
class Comparison:
    """The payers of a month that could be compared, and those that could not."""

    agreements: Mapping[Payer, Agreement]
    not_comparable: Sequence[NotComparable]


@dataclass(frozen=True, slots=True)
class AgreementService:
    """Use cases of the comparison."""

    records: OpenedRecords
    inventory: InventoryService

    async def compare(self, acts: Acts, month: datetime) -> Answer[Comparison]:
        """Simulated against billed in the month that begins at `month`; empty while it is open."""
        listed = commitments_listed(await self.inventory.snapshots(acts))
        starts = {each.id: each.starts_at for each in listed if each.starts_at is not None}

        def question(records: HourlyRecords, revisions: Sequence[Revision]) -> Comparison:
            if finality(revisions) == "open":
                return Comparison({}, [])
            return Comparison(agreements(records, month, starts), not_comparable(records, month))

        until = (month + timedelta(days=32)).replace(day=1)
        return await self.records.ask(acts, month, until, question)
