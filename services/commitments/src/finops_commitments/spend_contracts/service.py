"""How far the spend contracts of an organization are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from finops_commitments.entered.domain import Entered
from finops_commitments.entered.service import EnteredService
from finops_commitments.figures.opened import Answer, OpenedRecords
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.planned_changes.domain import PlannedChange
from finops_commitments.planned_changes.schemas import PlannedChangeBody, change_of
from finops_commitments.revisions import domain as revisions_domain
from finops_commitments.revisions.domain import Revision
from finops_commitments.spend_contracts.domain import BurnDown, burn_down
from finops_commitments.spend_contracts.schemas import SpendContractBody, counted_of, terms_of
from finops_commitments.spend_contracts.spending import (
    BASE_DAYS,
    Expected,
    expected_by_day,
    spent_by_day,
)
from finops_common.acting import Acts
from finops_common.clock import Clock


@dataclass(frozen=True, slots=True)
class Standing:
    """Each term of a contract, and what that rests on: bills of [known_since, known_until).

    `without_changes` is the same as if nothing planned would come.
    """

    terms: tuple[BurnDown, ...]
    without_changes: tuple[BurnDown, ...]
    expected: Expected
    known_since: date | None
    known_until: date


class SpendContractService:
    """Use cases of spend contracts beyond entering them."""

    def __init__(
        self,
        records: OpenedRecords,
        changes: EnteredService[PlannedChangeBody],
        clock: Clock,
    ) -> None:
        self._records = records
        self._changes = changes
        self._clock = clock

    async def standing(self, acts: Acts, contract: Entered[SpendContractBody]) -> Answer[Standing]:
        """Burn-down and forecast of each term, planned changes taken into account."""
        changes = [change_of(each) for each in await self._changes.list_all(acts)]
        now = self._clock()
        start = datetime.combine(contract.body.terms[0].starts_on, time(), UTC)

        def question(records: HourlyRecords, revisions: Sequence[Revision]) -> Standing:
            known = revisions_domain.known_until(revisions, now)
            return _standing(records, contract.body, changes, known)

        # Fees of the month before the base may stand at its start.
        since = min(start, now - timedelta(days=BASE_DAYS + 62))
        return await self._records.ask(acts, since, now, question, daily=True)


def _standing(
    records: HourlyRecords,
    contract: SpendContractBody,
    changes: Sequence[PlannedChange],
    known: datetime,
) -> Standing:
    counted, terms = counted_of(contract), terms_of(contract)
    # A day that bills know only in part would look cheap.
    until = known.date()
    end = max(until, terms[-1].ends_on)
    spent = spent_by_day(records, counted, until)
    expected = expected_by_day(records, counted, until, end, changes)
    unchanged = expected_by_day(records, counted, until, end, ())
    return Standing(
        terms=tuple(burn_down(term, spent, expected.days, until) for term in terms),
        without_changes=tuple(burn_down(term, spent, unchanged.days, until) for term in terms),
        expected=expected,
        known_since=min(spent, default=None),
        known_until=until,
    )
