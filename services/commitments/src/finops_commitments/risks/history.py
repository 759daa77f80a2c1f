"""What hourly records tell of a commitment's past: its days, and where its usage was."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from finops_commitments.figures.domain import Figures, Group, Period
from finops_commitments.figures.measures import commitment_figures, figures
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.inventory.domain import Commitment
from finops_commitments.remaining.service import first_hours
from finops_commitments.risks.causes import Place, Usage
from finops_commitments.risks.domain import Day

_WHERE = (Group.COMMITMENT, Group.ACCOUNT, Group.REGION, Group.FAMILY)
_Daily = Mapping[datetime, list[Figures]]


@dataclass(frozen=True, slots=True)
class History:
    """The records of whole days [since, until), read once for all commitments."""

    since: datetime
    until: datetime
    commitments: Mapping[tuple[str, str], _Daily]
    uncovered: Mapping[tuple[str, str], _Daily]
    before: list[Figures]
    after: list[Figures]
    first_hours: Mapping[str, datetime]

    def days(self, commitment: Commitment) -> list[Day]:
        """Its whole days, oldest first; from its start on, and from its payer's first bill on.

        None where the bill does not spread its fee over what was used.
        """
        currency = commitment.currency or ""
        own = self.commitments.get((currency, commitment.id), {})
        if any(cell.used is None for cells in own.values() for cell in cells):
            return []
        left = self.uncovered.get((currency, commitment.owner_account_id or ""), {})
        told = self.first_hours.get(commitment.payer_account_id or "", self.since)
        since = max(self.since, told, commitment.starts_at or self.since)
        every = (self.since + timedelta(days=n) for n in range((self.until - self.since).days))
        return [
            _day(commitment, own.get(day, []), left.get(day, []))
            for day in every
            if day >= since and own
        ]

    def places(self, commitment: Commitment) -> tuple[dict[Place, Usage], dict[Place, Usage]]:
        """Where the usage of the accounts it served was in the first third, and in the last."""
        served = {
            cell.cell.group(Group.ACCOUNT)
            for cell in self.before
            if cell.cell.group(Group.COMMITMENT) == commitment.id
        } | {commitment.owner_account_id}
        return _places(self.before, commitment, served), _places(self.after, commitment, served)


def history(records: HourlyRecords, since: datetime, until: datetime) -> History:
    """Read the whole days [since, until)."""
    within = Filters(since=since, until=until)
    uncovered = figures(records, Period.DAY, (Group.ACCOUNT, Group.REGION, Group.FAMILY), within)
    third = (until - since) // 3
    return History(
        since=since,
        until=until,
        commitments=_by_day(commitment_figures(records, Period.DAY, within), Group.COMMITMENT),
        uncovered=_by_day(uncovered, Group.ACCOUNT),
        before=figures(records, None, _WHERE, Filters(since=since, until=since + third)),
        after=figures(records, None, _WHERE, Filters(since=until - third, until=until)),
        first_hours=first_hours(records, within),
    )


def _by_day(cells: Iterable[Figures], group: Group) -> dict[tuple[str, str], _Daily]:
    found: dict[tuple[str, str], dict[datetime, list[Figures]]] = defaultdict(dict)
    for cell in cells:
        if cell.cell.period_start is not None:
            key = (cell.cell.currency, cell.cell.group(group) or "")
            found[key].setdefault(cell.cell.period_start, []).append(cell)
    return dict(found)


def _day(commitment: Commitment, own: Iterable[Figures], around: Iterable[Figures]) -> Day:
    scope = commitment.scope
    within = [
        cell.sums.on_demand.known
        for cell in around
        if _fits(scope.region if scope else None, cell.cell.group(Group.REGION))
        and _fits(scope.family if scope else None, cell.cell.group(Group.FAMILY))
    ]
    used = sum((cell.sums.used.known for cell in own), Decimal(0))
    covered = sum((cell.sums.covered.known for cell in own), Decimal(0))
    return Day(used, covered, sum(within, Decimal(0)))


def _fits(wanted: str | None, found: str | None) -> bool:
    return wanted is None or wanted == found


def _places(
    cells: Iterable[Figures], commitment: Commitment, accounts: set[str | None]
) -> dict[Place, Usage]:
    found: dict[Place, Usage] = {}
    for each in cells:
        cell = each.cell
        if cell.group(Group.ACCOUNT) not in accounts or cell.currency != commitment.currency:
            continue
        covered = each.sums.covered.known
        this = cell.group(Group.COMMITMENT) == commitment.id
        place = (cell.group(Group.REGION), cell.group(Group.FAMILY))
        found[place] = found.get(place, Usage()) + Usage(
            quantity=each.sums.running_hours.known,
            price=covered + each.sums.on_demand.known,
            by_this=covered if this else Decimal(0),
            by_others=Decimal(0) if this else covered,
        )
    return found
