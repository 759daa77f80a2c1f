"""The measures of commitments: which sums they are made of and how, in exact arithmetic.

Money is in the billing currency of the cell. Sums are exact; a ratio is computed to 60
significant digits and rounded only where it is shown.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Context, Decimal
from enum import StrEnum

FORMULA_VERSION = "2"
"""Changes whenever a figure would come out differently from the same records."""

EXACT = Context(prec=60)
"""Wide enough that no sum of DECIMAL(38, 12) is ever rounded."""

_HUNDRED = Decimal(100)


class Period(StrEnum):
    """How long the cells of a breakdown are, in UTC."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Group(StrEnum):
    """What a breakdown can be cut by."""

    PAYER = "payer"
    ACCOUNT = "account"
    SERVICE = "service"
    REGION = "region"
    FAMILY = "family"
    INSTANCE_TYPE = "instance_type"
    COMMITMENT = "commitment"
    COMMITMENT_TYPE = "commitment_type"
    COST_GROUP = "cost_group"


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum, and how many bill lines it lacks because the bill gives no price or quantity."""

    known: Decimal = Decimal(0)
    unknown_lines: int = 0

    @property
    def value(self) -> Decimal | None:
        """The sum, or None where a part of it is unknown; never a silent zero."""
        return self.known if self.unknown_lines == 0 else None

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(EXACT.add(self.known, other.known), self.unknown_lines + other.unknown_lines)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(
            EXACT.subtract(self.known, other.known), self.unknown_lines + other.unknown_lines
        )


@dataclass(frozen=True, slots=True)
class Sums:
    """What every figure of one cell is computed from.

    "Covered" is usage a commitment paid for, "on demand" eligible usage none paid for,
    both at the public on-demand price unless the name says otherwise. "Unspread" is what of
    "used" the bill only says to have been paid: whether usage took it stands nowhere.
    """

    covered: Amount = Amount()
    covered_by_savings_plans: Amount = Amount()
    covered_own: Amount = Amount()
    covered_shared: Amount = Amount()
    covered_owner_unknown: Amount = Amount()
    covered_contracted: Amount = Amount()
    used: Amount = Amount()
    unused: Amount = Amount()
    unspread: Amount = Amount()
    on_demand: Amount = Amount()
    on_demand_savings_plan_eligible: Amount = Amount()
    on_demand_contracted: Amount = Amount()
    on_demand_charged: Amount = Amount()
    usage_cost: Amount = Amount()
    reserved_hours: Amount = Amount()
    running_hours: Amount = Amount()
    used_units: Amount = Amount()
    unused_units: Amount = Amount()

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, name) + getattr(other, name) for name in SUMS))


SUMS: tuple[str, ...] = tuple(field.name for field in fields(Sums))


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a breakdown: a period (None is all of it), one value a group, a currency."""

    currency: str
    period: Period | None = None
    period_start: datetime | None = None
    groups: tuple[tuple[Group, str | None], ...] = ()

    def group(self, group: Group) -> str | None:
        """The cell's value of `group`; None where the bill has none.

        Raises:
            KeyError: the breakdown is not cut by that group.
        """
        return dict(self.groups)[group]


def ratio(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """`part / whole` to 60 digits; None where either is unknown or the whole is zero."""
    if part is None or whole is None or whole == 0:
        return None
    return EXACT.divide(part, whole)


def percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """`part` in percent of `whole`, not rounded; None as in `ratio`."""
    share = ratio(part, whole)
    return None if share is None else EXACT.multiply(share, _HUNDRED)


@dataclass(frozen=True, slots=True)
class Figures:
    """Every measure of one cell; None means unknown, and `FORMULAS` says how each is made.

    `unit` is what reserved capacity in the cell is counted in, None where units cannot
    be added up (money, or several units).
    """

    cell: Cell
    sums: Sums
    lines: int
    unit: str | None = None

    @property
    def total(self) -> Decimal | None:
        return (self.sums.used + self.sums.unused).value

    @property
    def used(self) -> Decimal | None:
        return self.sums.used.value if self._spread else None

    @property
    def unused(self) -> Decimal | None:
        return self.sums.unused.value if self._spread else None

    @property
    def used_units(self) -> Decimal | None:
        return self.sums.used_units.value

    @property
    def unused_units(self) -> Decimal | None:
        return self.sums.unused_units.value

    @property
    def total_units(self) -> Decimal | None:
        return (self.sums.used_units + self.sums.unused_units).value

    @property
    def amortised_cost(self) -> Decimal | None:
        return self.total

    @property
    def utilization_percent(self) -> Decimal | None:
        if not self._spread:
            return None
        bought = (self.sums.used_units + self.sums.unused_units).value
        if self.unit is not None and bought:
            return percent(self.sums.used_units.value, bought)
        return percent(self.used, self.total)

    @property
    def covered(self) -> Decimal | None:
        return self.sums.covered.value

    @property
    def on_demand_cost(self) -> Decimal | None:
        return self.sums.on_demand.value

    @property
    def on_demand_charged(self) -> Decimal | None:
        return self.sums.on_demand_charged.value

    @property
    def on_demand_equivalent(self) -> Decimal | None:
        return self._equivalent.value

    @property
    def lines_without_price(self) -> int:
        return self._equivalent.unknown_lines

    @property
    def coverage_percent(self) -> Decimal | None:
        return percent(self.covered, self.on_demand_equivalent)

    @property
    def savings_plan_coverage_percent(self) -> Decimal | None:
        by_plans = self.sums.covered_by_savings_plans
        eligible = by_plans + self.sums.on_demand_savings_plan_eligible
        return percent(by_plans.value, eligible.value)

    @property
    def reserved_instance_coverage_percent(self) -> Decimal | None:
        return percent(self.sums.reserved_hours.value, self.sums.running_hours.value)

    @property
    def covered_own(self) -> Decimal | None:
        return self.sums.covered_own.value

    @property
    def covered_shared(self) -> Decimal | None:
        return self.sums.covered_shared.value

    @property
    def covered_owner_unknown(self) -> Decimal | None:
        return self.sums.covered_owner_unknown.value

    @property
    def coverage_opsnow_percent(self) -> Decimal | None:
        return percent(self.covered, self.sums.usage_cost.value)

    @property
    def commitment_to_eligible_percent(self) -> Decimal | None:
        if not self._spread:
            return None
        return percent((self.sums.covered + self.sums.unused).value, self.on_demand_equivalent)

    @property
    def over_committed(self) -> bool | None:
        spare = (self.sums.unused - self.sums.on_demand).value if self._spread else None
        return None if spare is None else spare > 0

    @property
    def net_savings(self) -> Decimal | None:
        return (self.sums.covered - self.sums.used - self.sums.unused).value

    @property
    def effective_savings_rate_percent(self) -> Decimal | None:
        return percent(self.net_savings, self.on_demand_equivalent)

    @property
    def negotiated_savings(self) -> Decimal | None:
        contracted = self.sums.covered_contracted + self.sums.on_demand_contracted
        return (self._equivalent - contracted).value

    @property
    def commitment_savings(self) -> Decimal | None:
        return (self.sums.covered_contracted - self.sums.used - self.sums.unused).value

    @property
    def _spread(self) -> bool:
        return self.sums.unspread.known == 0

    @property
    def _equivalent(self) -> Amount:
        return self.sums.covered + self.sums.on_demand


@dataclass(frozen=True, slots=True)
class Formula:
    """How one figure is made: its text, and the sums it reads."""

    text: str
    inputs: tuple[str, ...]


FORMULAS: dict[str, Formula] = {
    "total": Formula("used + unused", ("used", "unused")),
    "used": Formula(
        "amortised cost of the commitment that usage took; unknown with unspread fees",
        ("used", "unspread"),
    ),
    "unused": Formula(
        "amortised cost of the commitment no usage took; unknown with unspread fees",
        ("unused", "unspread"),
    ),
    "total_units": Formula("used units + unused units", ("used_units", "unused_units")),
    "used_units": Formula("quantity of the commitment that usage took, in `unit`", ("used_units",)),
    "unused_units": Formula("quantity of it no usage took, in `unit`", ("unused_units",)),
    "amortised_cost": Formula("used + unused, without on-demand", ("used", "unused")),
    "utilization_percent": Formula(
        "used units / (used units + unused units) where all are in one unit of reserved "
        "capacity, else used / (used + unused) in money; unknown with unspread fees",
        ("used_units", "unused_units", "used", "unused", "unspread"),
    ),
    "covered": Formula("covered usage at public on-demand price", ("covered",)),
    "on_demand_cost": Formula(
        "eligible usage no commitment covered, at public on-demand price", ("on_demand",)
    ),
    "on_demand_charged": Formula(
        "eligible usage no commitment covered, as charged", ("on_demand_charged",)
    ),
    "on_demand_equivalent": Formula("covered + on-demand", ("covered", "on_demand")),
    "lines_without_price": Formula(
        "bill lines of covered and on-demand usage whose public price the bill does not give",
        ("covered", "on_demand"),
    ),
    "coverage_percent": Formula("covered / (covered + on-demand)", ("covered", "on_demand")),
    "savings_plan_coverage_percent": Formula(
        "covered by spend commitments / (that + on-demand they could cover); usage under "
        "reserved capacity is in neither",
        ("covered_by_savings_plans", "on_demand_savings_plan_eligible"),
    ),
    "reserved_instance_coverage_percent": Formula(
        "hours under reserved capacity / running hours of what can be reserved",
        ("reserved_hours", "running_hours"),
    ),
    "covered_own": Formula(
        "covered usage of the account that owns the commitment", ("covered_own",)
    ),
    "covered_shared": Formula(
        "covered usage under another account's commitment", ("covered_shared",)
    ),
    "covered_owner_unknown": Formula(
        "covered usage whose commitment's owner the bill does not name", ("covered_owner_unknown",)
    ),
    "coverage_opsnow_percent": Formula(
        "covered / amortised cost of all usage of the cell; can pass 100",
        ("covered", "usage_cost"),
    ),
    "commitment_to_eligible_percent": Formula(
        "(covered + unused) / (covered + on-demand); past 100 the cell is over-committed",
        ("covered", "unused", "on_demand", "unspread"),
    ),
    "over_committed": Formula(
        "unused > on-demand: covering all that is left would still waste commitment",
        ("unused", "on_demand", "unspread"),
    ),
    "net_savings": Formula("covered - used - unused; may be negative", ("covered", "used", "unused")),
    "effective_savings_rate_percent": Formula(
        "1 - (used + unused + on-demand) / (covered + on-demand)",
        ("covered", "used", "unused", "on_demand"),
    ),
    "negotiated_savings": Formula(
        "(covered + on-demand) at public price - the same at negotiated price",
        ("covered", "on_demand", "covered_contracted", "on_demand_contracted"),
    ),
    "commitment_savings": Formula(
        "covered at negotiated price - used - unused", ("covered_contracted", "used", "unused")
    ),
}  # fmt: skip
