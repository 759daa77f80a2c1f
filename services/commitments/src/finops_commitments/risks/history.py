"""What hourly records tell of a commitment's past: its days, and where its usage was."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from finops_commitments.figures.domain import Figures, Group, Period
from finops_commitments.figures.measures import commitment_figures, figures
from finops_commitments.figures.records import COVERED, ON_DEMAND, Filters, HourlyRecords, condition
from finops_commitments.inventory.domain import Commitment
from finops_commitments.remaining.service import first_hours
from finops_commitments.risks.causes import Place, Usage
from finops_commitments.risks.domain import Day

_Daily = Mapping[datetime, list[Figures]]
_RUNS = f"""
    SELECT currency, commitment_id, account_id, region, family,
        coalesce(sum(list_cost) FILTER ({COVERED}), 0) AS covered,
        coalesce(sum(list_cost) FILTER ({ON_DEMAND}), 0) AS on_demand,
        coalesce(sum(usage_quantity), 0) AS quantity,
        struct_pack(currency, service, region, usage_type, operation, usage_unit)::VARCHAR AS kind
    FROM records WHERE ({COVERED} OR {ON_DEMAND}) AND {{where}} GROUP BY ALL"""  # noqa: S608 -- own constants, values are bound


class _Run(NamedTuple):
    """Usage of one kind, in its own unit and at on-demand price; a kind has one price."""

    currency: str
    commitment: str | None
    account: str | None
    region: str | None
    family: str | None
    covered: Decimal
    on_demand: Decimal
    quantity: Decimal
    kind: str

    @property
    def price(self) -> Decimal:
        return self.covered + self.on_demand


@dataclass(frozen=True, slots=True)
class History:
    """The records of whole days [since, until), read once for all commitments."""

    since: datetime
    until: datetime
    commitments: Mapping[tuple[str, str], _Daily]
    uncovered: Mapping[tuple[str, str], _Daily]
    before: list[_Run]
    after: list[_Run]
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
        served = {each.account for each in self.before if each.commitment == commitment.id}
        served.add(commitment.owner_account_id)
        first = _first_prices(self.before)
        return (
            _places(self.before, commitment, served, first),
            _places(self.after, commitment, served, first),
        )


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
        before=_runs(records, since, since + third),
        after=_runs(records, until - third, until),
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


def _runs(records: HourlyRecords, since: datetime, until: datetime) -> list[_Run]:
    where, parameters = condition(Filters(since=since, until=until))
    return [_Run(*row) for row in records.rows(_RUNS.format(where=where), parameters)]


def _first_prices(before: Iterable[_Run]) -> dict[str, Decimal]:
    """What a unit of each kind of usage cost at first."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for each in before:
        sums[each.kind][0] += each.price
        sums[each.kind][1] += each.quantity
    return {kind: price / quantity for kind, (price, quantity) in sums.items() if quantity}


def _places(
    runs: Iterable[_Run],
    commitment: Commitment,
    accounts: set[str | None],
    first: Mapping[str, Decimal],
) -> dict[Place, Usage]:
    found: dict[Place, Usage] = {}
    for each in runs:
        if each.account not in accounts or each.currency != commitment.currency:
            continue
        this = each.commitment == commitment.id
        place = (each.region, each.family)
        found[place] = found.get(place, Usage()) + Usage(
            quantity=each.quantity * first[each.kind] if each.kind in first else each.price,
            price=each.price,
            by_this=each.covered if this else Decimal(0),
            by_others=Decimal(0) if this else each.covered,
        )
    return found
