"""Coverage, utilization and savings of an organization, and how each figure is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from finops_commitments.cost_groups.adapters import CostGroups, rules_for
from finops_commitments.figures.domain import Amount, Cell, Figures, Group, Period
from finops_commitments.figures.explanation import Explanation
from finops_commitments.figures.measures import (
    EVERYTHING,
    Page,
    count_cells,
    explain,
    figures,
    totals_and_cells,
)
from finops_commitments.figures.opened import Answer, OpenedRecords
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.problems import CurrencyNeeded, TooManyCells
from finops_commitments.revisions.domain import Revision
from finops_common.acting import Acts

MOST_CELLS = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which figures: instants are UTC, `until` is exclusive; `by` None is the whole time."""

    since: datetime
    until: datetime
    by: Period | None = None
    groups: tuple[Group, ...] = ()
    filters: tuple[tuple[Group, str | None], ...] = ()
    currency: str | None = None

    @property
    def narrowed(self) -> Filters:
        return Filters(self.currency, self.since, self.until, self.filters)

    @property
    def about(self) -> set[Group]:
        """All that the figures are cut or filtered by."""
        return {*self.groups, *(group for group, _ in self.filters)}

    @property
    def daily(self) -> bool:
        """Whether whole days by day give the same figures as by hour."""
        return self.by is not Period.HOUR


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The whole, per currency, and its cells; empty without `by` and `groups`."""

    totals: list[Figures]
    rows: list[Figures]


class FigureService:
    """Use cases of figures."""

    def __init__(self, records: OpenedRecords, cost_groups: CostGroups) -> None:
        self._records = records
        self._cost_groups = cost_groups

    async def breakdown(self, acts: Acts, wanted: Wanted) -> Answer[Breakdown]:
        """All figures of the whole and of each cell.

        Raises:
            TooManyCells: more than ten thousand.
        """

        def question(records: HourlyRecords, _: Sequence[Revision]) -> Breakdown:
            return _breakdown(records, wanted)

        rules = await rules_for(self._cost_groups, acts, wanted.about)
        return await self._records.ask(
            acts,
            wanted.since,
            wanted.until,
            question,
            daily=wanted.daily,
            cost_groups=rules,
        )

    async def utilization(self, acts: Acts, wanted: Wanted) -> Answer[Breakdown]:
        """The same of commitments alone: cells without any are left out.

        Raises:
            TooManyCells: more than ten thousand.
        """
        answer = await self.breakdown(acts, wanted)
        rows = [cell for cell in answer.value.rows if has_commitment(cell)]
        return replace(answer, value=Breakdown(answer.value.totals, rows))

    async def explain(
        self,
        acts: Acts,
        wanted: Wanted,
        figure: str,
        period_start: datetime | None,
        page: Page = EVERYTHING,
    ) -> Answer[Explanation]:
        """How one figure of one cell is made; the cell is `wanted`'s filters and period.

        `page` says which of its contributions are told, by hour. Cut by cost group it is one
        group's row, without those below it.

        Raises:
            CurrencyNeeded: the cell has several, and none was chosen.
        """

        def question(records: HourlyRecords, _: Sequence[Revision]) -> Explanation:
            currency = wanted.currency or _only_currency(records, wanted)
            cell = Cell(currency, wanted.by, period_start, wanted.filters)
            alone = Group.COST_GROUP in wanted.groups
            within = Filters(since=wanted.since, until=wanted.until, alone=alone)
            return explain(records, figure, cell, within, page)

        rules = await rules_for(self._cost_groups, acts, wanted.about)
        return await self._records.ask(
            acts, wanted.since, wanted.until, question, cost_groups=rules
        )


def _breakdown(records: HourlyRecords, wanted: Wanted) -> Breakdown:
    if wanted.by is None and not wanted.groups:
        return Breakdown(figures(records, filters=wanted.narrowed), [])
    count = count_cells(records, wanted.by, wanted.groups, wanted.narrowed)
    if count > MOST_CELLS:
        raise TooManyCells(count=count, limit=MOST_CELLS)
    return Breakdown(*totals_and_cells(records, wanted.by, wanted.groups, wanted.narrowed))


def has_commitment(figures: Figures) -> bool:
    """Whether the cell has any commitment, used or not."""
    return figures.sums.used != Amount() or figures.sums.unused != Amount()


def _only_currency(records: HourlyRecords, wanted: Wanted) -> str:
    currencies = [cell.cell.currency for cell in figures(records, filters=wanted.narrowed)]
    if len(currencies) > 1:
        raise CurrencyNeeded(currencies=", ".join(currencies))
    return currencies[0] if currencies else "USD"
