"""The inventory of an organization: the provider's lists merged with what the bill shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.figures.sharing import ELSEWHERE
from finops_commitments.inventory.billed import commitments_in_bill, daily_uses
from finops_commitments.inventory.domain import Commitment, Uses, merged
from finops_commitments.inventory.listed import commitments_listed
from finops_commitments.inventory.listing import (
    Item,
    Narrowing,
    Total,
    items,
    narrowed,
    ordered,
    totals,
)
from finops_commitments.inventory.repository import InventoryRepository, Snapshot
from finops_commitments.revisions.domain import Finality
from finops_common.acting import Acts
from finops_common.db.transaction import Database

BILL = timedelta(days=62)
"""How far back a bill is searched: fees of reservations stand at the start of a month."""
USE = timedelta(days=30)
"""Over how long the average day is taken."""


@dataclass(frozen=True, slots=True)
class Billed:
    """What the bill shows: its commitments, and the average day of each."""

    commitments: list[Commitment]
    uses: Uses


@dataclass(frozen=True, slots=True)
class Inventory:
    """A page of the inventory with the totals of all that fits."""

    items: list[Item]
    totals: list[Total]
    count: int
    listed_at: datetime | None
    as_of: datetime | None
    finality: Finality


class InventoryService:
    """Use cases of the inventory."""

    def __init__(self, database: Database, records: OpenedRecords) -> None:
        self._database = database
        self._records = records

    async def page(
        self, acts: Acts, at: datetime, narrowing: Narrowing, sort: str, offset: int, limit: int
    ) -> Inventory:
        """The commitments as they stand at `at`; `sort` is one of `SORTS`."""
        snapshots = await self.snapshots(acts)
        answer = await self._records.ask(
            acts, at - BILL, at, lambda records, _: billed_at(records, at)
        )
        everything = merge(commitments_listed(snapshots), answer.value.commitments)
        fitting = narrowed(items(everything, answer.value.uses, at), narrowing)
        return Inventory(
            items=ordered(fitting, sort)[offset : offset + limit],
            totals=totals(fitting),
            count=len(fitting),
            listed_at=min((each.listed_at for each in snapshots), default=None),
            as_of=answer.as_of,
            finality=answer.finality,
        )

    async def snapshots(self, acts: Acts, *, collected_only: bool = False) -> list[Snapshot]:
        """What the provider's APIs list now; of detached accounts, what they listed last."""
        async with self._database.transaction(acts) as tx:
            return await InventoryRepository(tx).list_snapshots(collected_only=collected_only)


def billed_at(records: HourlyRecords, at: datetime) -> Billed:
    """What the bill shows at `at`; commitments of other organizations are left out."""
    seen = commitments_in_bill(records, Filters(since=at - BILL, until=at))
    uses = daily_uses(records, at - USE, at)
    return Billed([each for each in seen if each.id != ELSEWHERE], uses)


def merge(listed: Sequence[Commitment], billed: Sequence[Commitment]) -> list[Commitment]:
    """Every commitment of either, once; the provider's word first."""
    shown = {each.id: each for each in billed}
    named = {each.id for each in listed}
    both = [merged(each, shown[each.id]) if each.id in shown else each for each in listed]
    return [*both, *(each for each in billed if each.id not in named)]
