"""Where an organization's uncovered spend is, and what commitments there would save."""

from collections.abc import Sequence

from finops_commitments.cost_groups.adapters import CostGroups, rules_for
from finops_commitments.figures.domain import Group
from finops_commitments.figures.opened import Answer, OpenedRecords
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.figures.service import Wanted
from finops_commitments.hot_spots.weighing import HotSpot, hottest, known_hours, weighed
from finops_commitments.offers.service import OfferService
from finops_commitments.revisions.domain import Revision, as_of
from finops_common.acting import Acts
from finops_common.clock import Clock


class HotSpotService:
    """The use case of hot spots."""

    def __init__(
        self, records: OpenedRecords, offers: OfferService, cost_groups: CostGroups, clock: Clock
    ) -> None:
        self._records = records
        self._offers = offers
        self._cost_groups = cost_groups
        self._clock = clock

    async def ask(self, acts: Acts, wanted: Wanted, most: int) -> Answer[list[HotSpot]]:
        """The dearest places, at most `most`; what detached accounts have left is none."""
        now, filters = self._clock(), wanted.narrowed
        rules = await rules_for(self._cost_groups, acts, wanted.about)
        found = await self._records.ask(
            acts,
            wanted.since,
            wanted.until,
            lambda records, _: hottest(records, filters, most),
            collected_only=True,
            cost_groups=rules,
        )
        payers = {each.cell.group(Group.PAYER) or "" for each in found.value}
        prices = await self._offers.prices(payers)

        def question(records: HourlyRecords, revisions: Sequence[Revision]) -> list[HotSpot]:
            # Found anew: the records may be others than a moment ago.
            spots = hottest(records, filters, most)
            hours = known_hours(records, filters, as_of(tuple(revisions)) or now)
            return weighed(records, spots, filters, prices, hours, now)

        return await self._records.ask(
            acts,
            wanted.since,
            wanted.until,
            question,
            collected_only=True,
            cost_groups=rules,
        )
