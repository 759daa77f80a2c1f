"""What is left of an organization's commitments, and what of it will be used."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from finops_commitments.figures.domain import Figures, Group, Period
from finops_commitments.figures.measures import commitment_figures
from finops_commitments.figures.opened import Answer, OpenedRecords
from finops_commitments.figures.records import Filters, HourlyRecords, condition
from finops_commitments.figures.service import MOST_CELLS
from finops_commitments.inventory.domain import Commitment
from finops_commitments.inventory.listing import Narrowing
from finops_commitments.inventory.service import InventoryService
from finops_commitments.problems import TooManyCells
from finops_commitments.remaining.domain import OBSERVED, Remaining, remaining, seen_days
from finops_commitments.revisions.domain import known_until
from finops_common.acting import Acts

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the records show; the first hour they know of by payer."""

    first_hours: dict[str, datetime]
    days: list[Figures]
    consumed: list[Figures]


@dataclass(frozen=True, slots=True)
class Left:
    """Every commitment that runs and whose end is known, by its end; and what was consumed."""

    items: list[Remaining]
    consumption: list[Figures]
    without_end: list[Commitment]


class RemainingService:
    """The use case of what is left."""

    def __init__(self, records: OpenedRecords, inventory: InventoryService) -> None:
        self._records = records
        self._inventory = inventory

    async def ask(
        self, acts: Acts, at: datetime, narrowing: Narrowing, by: Period | None
    ) -> Answer[Left]:
        """What is left at `at` of the commitments that fit; `by`: what each consumed in 30 days.

        Raises:
            TooManyCells: what they consumed would have more than ten thousand.
        """
        found = await self._inventory.page(acts, at, narrowing, "id", 0, MOST_CELLS)
        running = [each.commitment for each in found.items if each.active]
        count = len(running) * (OBSERVED // _LENGTHS[by]) if by else 0
        if count > MOST_CELLS:
            raise TooManyCells(count=count, limit=MOST_CELLS)

        within = Filters(since=at - OBSERVED - _DAY, until=at)

        def question(records: HourlyRecords, _: object) -> _Seen:
            days = commitment_figures(records, Period.DAY, within)
            consumed = commitment_figures(records, by, within) if by else []
            return _Seen(first_hours(records, within), days, consumed)

        answer = await self._records.ask(acts, at - OBSERVED - _DAY, at, question)
        left = _left(running, answer.value, at, known_until(answer.revisions, at))
        return Answer(left, answer.revisions)


def _left(running: Sequence[Commitment], seen: _Seen, at: datetime, until: datetime) -> Left:
    used = {
        (cell.cell.group(Group.COMMITMENT), cell.cell.period_start): cell.used for cell in seen.days
    }
    items = []
    for each in running:
        first = seen.first_hours.get(each.payer_account_id or "")
        if each.ends_at is not None:
            days = seen_days(each, first, until) if first else None
            by_day = _by_day(used, each, *days) if days else []
            found = remaining(each, each.ends_at, at, by_day)
            items.append(replace(found, seen=days if by_day else None))
    wanted = {each.id for each in running}
    return Left(
        items=sorted(items, key=lambda each: (each.days_left, each.commitment.id)),
        consumption=[each for each in seen.consumed if each.cell.group(Group.COMMITMENT) in wanted],
        without_end=[each for each in running if each.ends_at is None],
    )


_LENGTHS = {Period.HOUR: timedelta(hours=1), Period.DAY: _DAY, Period.MONTH: OBSERVED}


def first_hours(records: HourlyRecords, within: Filters) -> dict[str, datetime]:
    """The first hour that bills tell of, by payer."""
    where, parameters = condition(within, Period.DAY)
    found = records.rows(
        f"SELECT payer_account_id, min(hour) FROM records WHERE {where} GROUP BY ALL",  # noqa: S608 -- own constants, values are bound
        parameters,
    )
    return {payer: hour.replace(tzinfo=UTC) for payer, hour in found}


def _by_day(
    used: dict[tuple[str | None, datetime | None], Decimal | None],
    each: Commitment,
    since: datetime,
    until: datetime,
) -> Sequence[Decimal]:
    days = (since + _DAY * number for number in range((until - since).days))
    found = [used.get((each.id, day), Decimal(0)) for day in days]
    # Of fees that stand for themselves nobody knows what was used: nothing is forecast from them.
    known = [value for value in found if value is not None]
    return known if len(known) == len(found) else []
