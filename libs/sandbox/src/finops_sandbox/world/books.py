"""The books: what a month's commitments covered, cost and saved, exact, per hour and scope.

Definitions are those of cloud-facts section 2. Eligible usage is usage that some kind of
commitment could cover (EC2 but Spot, Fargate, Lambda, RDS, ElastiCache). Amortised cost and
unused commitment count hours the bill knows; what fees bill for later hours is `future`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from finops_sandbox.world.apply import Draw, Fill
from finops_sandbox.world.bills import bill_lines
from finops_sandbox.world.lines import Line
from finops_sandbox.world.model import Commitment, SavingsPlan, World, hour_of, month_start
from finops_sandbox.world.prices import ten_places
from finops_sandbox.world.settlement import Settlement, settle

ZERO = Decimal(0)
GLOBAL = "global"
# The region of what has none: Compute plans, tax, credits.


@dataclass
class Measures:
    """Sums in USD over one scope. Percentages are None where there is nothing to cover."""

    on_demand_cost: Decimal = ZERO
    reserved_covered: Decimal = ZERO
    plan_covered: Decimal = ZERO
    plan_eligible_on_demand: Decimal = ZERO
    used_commitment: Decimal = ZERO
    unused_commitment: Decimal = ZERO
    future_commitment: Decimal = ZERO
    billed_total: Decimal = ZERO
    effective_total: Decimal = ZERO

    @property
    def covered(self) -> Decimal:
        return self.reserved_covered + self.plan_covered

    @property
    def on_demand_equivalent(self) -> Decimal:
        return self.covered + self.on_demand_cost

    @property
    def amortised_cost(self) -> Decimal:
        return self.used_commitment + self.unused_commitment

    @property
    def net_savings(self) -> Decimal:
        return self.covered - self.amortised_cost

    @property
    def coverage_percent(self) -> Decimal | None:
        return _percent(self.covered, self.on_demand_equivalent)

    @property
    def savings_plan_coverage_percent(self) -> Decimal | None:
        return _percent(self.plan_covered, self.plan_covered + self.plan_eligible_on_demand)

    @property
    def effective_savings_rate_percent(self) -> Decimal | None:
        return _percent(self.net_savings, self.on_demand_equivalent)

    def add_fill(self, fill: Fill) -> None:
        """Count one covered or on-demand part of a usage."""
        if fill.commitment is None:
            if fill.usage.sku.pool is not None:
                self.on_demand_cost += fill.on_demand
            if fill.usage.sku.savings_plan_eligible:
                self.plan_eligible_on_demand += fill.on_demand
            return
        self.used_commitment += fill.cost
        if isinstance(fill.commitment, SavingsPlan):
            self.plan_covered += fill.on_demand
        else:
            self.reserved_covered += fill.on_demand

    def add_line(self, line: Line) -> None:
        """Count one bill line into the totals of the bill."""
        self.billed_total += line.unblended
        self.effective_total += line.effective - line.future
        self.future_commitment += line.future


@dataclass
class CommitmentBook:
    """One commitment's month (or hour): `total` = `used` + `unused`, amortised, in USD.

    Units are instance hours or, size-flexible, normalised unit hours; zero for plans.
    """

    commitment: Commitment
    total: Decimal = ZERO
    used: Decimal = ZERO
    covered: Decimal = ZERO
    future: Decimal = ZERO
    total_units: Decimal = ZERO
    used_units: Decimal = ZERO

    @property
    def unused(self) -> Decimal:
        return self.total - self.used

    @property
    def net_savings(self) -> Decimal:
        return self.covered - self.total

    @property
    def utilization_percent(self) -> Decimal | None:
        return _percent(self.used, self.total)

    def add_draw(self, draw: Draw) -> None:
        """Count one hour of the commitment."""
        self.total += draw.commitment.hourly_cost
        self.used += draw.cost
        self.total_units += draw.commitment.units_per_hour
        self.used_units += draw.units


def _measures() -> defaultdict[str, Measures]:
    return defaultdict(Measures)


@dataclass
class HourBook:
    """One clock hour: the whole organization's measures and each commitment in force."""

    measures: Measures = field(default_factory=Measures)
    commitments: dict[str, CommitmentBook] = field(default_factory=dict)


@dataclass
class Books:
    """One revision of one month. Keys: account id, product code, region, commitment id.

    Lines that stand for a month or a term are in the hour they start in.
    """

    month: date
    revision: int
    ends_at: datetime
    final: bool
    payer: Measures = field(default_factory=Measures)
    accounts: dict[str, Measures] = field(default_factory=_measures)
    services: dict[str, Measures] = field(default_factory=_measures)
    regions: dict[str, Measures] = field(default_factory=_measures)
    commitments: dict[str, CommitmentBook] = field(default_factory=dict)
    hours: dict[datetime, HourBook] = field(default_factory=lambda: defaultdict(HourBook))

    def scopes(
        self, account: str, service: str, region: str | None, start: datetime
    ) -> Iterable[Measures]:
        """Every sum that something of that account, service, region and hour counts in."""
        yield self.payer
        yield self.accounts[account]
        yield self.services[service]
        yield self.regions[region or GLOBAL]
        yield self.hours[max(hour_of(start), month_start(self.month))].measures


def books(world: World, month: date, revision: int | None = None) -> Books:
    """The books of a month's revision, the newest by default."""
    settlement = settle(world, month, revision)
    known = settlement.revision
    result = Books(month, known.number, known.ends_at, known.final)
    for fill in settlement.fills:
        _book_fill(result, fill)
    for hour in settlement.hours:
        for draw in hour.draws:
            _book_draw(result, hour.start, draw)
    for line in bill_lines(world, month, revision):
        for scope in result.scopes(line.account, line.product_code, line.region, line.start):
            scope.add_line(line)
    _book_future(result, settlement)
    return result


def _book_fill(result: Books, fill: Fill) -> None:
    usage = fill.usage
    for scope in result.scopes(
        usage.workload.account, usage.sku.service, usage.sku.region, usage.start
    ):
        scope.add_fill(fill)
    if fill.commitment is not None:
        for book in _commitment_books(result, usage.start, fill.commitment):
            book.covered += fill.on_demand


def _book_draw(result: Books, hour: datetime, draw: Draw) -> None:
    held = draw.commitment
    service = "ComputeSavingsPlans" if isinstance(held, SavingsPlan) else "AmazonEC2"
    for scope in result.scopes(held.account, service, held.region, hour):
        scope.unused_commitment += held.hourly_cost - draw.cost
    for book in _commitment_books(result, hour, held):
        book.add_draw(draw)


def _commitment_books(
    result: Books, hour: datetime, commitment: Commitment
) -> tuple[CommitmentBook, CommitmentBook]:
    of_hour = result.hours[hour].commitments
    return (
        result.commitments.setdefault(commitment.id, CommitmentBook(commitment)),
        of_hour.setdefault(commitment.id, CommitmentBook(commitment)),
    )


def _book_future(result: Books, settlement: Settlement) -> None:
    for book in result.commitments.values():
        hours = settlement.term_hours(book.commitment)
        book.future = book.commitment.hourly_cost * hours - book.total


def _percent(part: Decimal, whole: Decimal) -> Decimal | None:
    return None if whole == 0 else ten_places(100 * part / whole)
