"""The customer's organization: accounts, what they run, what they have committed to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from finops_sandbox.world.nodes import NodeService
from finops_sandbox.world.prices import (
    TERM_HOURS,
    OfferingClass,
    Payment,
    Term,
    compute_discount,
    ec2_price,
    ten_places,
)
from finops_sandbox.world.skus import Sku, normalization_factor

PlanType = Literal["ComputeSavingsPlans", "EC2InstanceSavingsPlans"]

HOUR = timedelta(hours=1)
NOT_SIZE_FLEXIBLE = frozenset({"g4ad", "g4dn", "g5", "g5g", "inf1"})


def hour_of(instant: datetime) -> datetime:
    """The clock hour the instant falls in."""
    return instant.replace(minute=0, second=0, microsecond=0)


def month_start(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def months_before(month: date, count: int) -> date:
    """The first day of the month `count` months earlier (later when negative)."""
    index = month.year * 12 + month.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def hours_of(month: date) -> list[datetime]:
    """Every clock hour of the month."""
    start, end = month_start(month), month_start(next_month(month))
    return [start + HOUR * step for step in range(int((end - start) / HOUR))]


@dataclass(frozen=True)
class Account:
    id: str
    name: str
    email: str
    department: str


@dataclass(frozen=True)
class Curve:
    """A demand curve in thousandths of a unit: base x day x week x season x drift x noise.

    Shares are per thousand. `step` applies from `step_at` on, a launch or a shutdown.
    """

    base: int
    day: tuple[int, ...] = (1000,) * 24
    weekend: int = 1000
    monthly_drift: int = 0
    noise: int = 0
    quantum: int = 1000
    step_at: datetime | None = None
    step: int = 1000


@dataclass(frozen=True)
class Workload:
    """One SKU used by one account in one place; `late_hours`: how late its usage is billed."""

    id: str
    account: str
    sku: Sku
    curve: Curve
    zone: str | None = None
    resource_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    daily: bool = False
    late_hours: int = 0


@dataclass(frozen=True)
class ReservedInstance:
    """`count` reserved instances; regional when `zone` is None."""

    id: str
    account: str
    instance_type: str
    region: str
    platform: str
    count: int
    starts_at: datetime
    term: Term
    payment: Payment
    offering_class: OfferingClass
    zone: str | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:ec2:{self.region}:{self.account}:reserved-instances/{self.id}"

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + HOUR * TERM_HOURS[self.term]

    @property
    def family(self) -> str:
        return self.instance_type.split(".", 1)[0]

    @property
    def size_flexible(self) -> bool:
        return (
            self.zone is None and self.platform == "Linux" and self.family not in NOT_SIZE_FLEXIBLE
        )

    @property
    def factor(self) -> Decimal:
        return normalization_factor(self.instance_type)

    @property
    def units_per_hour(self) -> Decimal:
        """What one clock hour holds: normalised units when size-flexible, else instances."""
        return self.factor * self.count if self.size_flexible else Decimal(self.count)

    @property
    def rate(self) -> Decimal:
        """Effective USD an hour of one instance, upfront spread over the term."""
        price = ec2_price(self.instance_type, self.region, self.platform)
        return price.reserved[self.term, self.offering_class, self.payment]

    @property
    def hourly_cost(self) -> Decimal:
        return self.rate * self.count

    @property
    def upfront_share(self) -> Decimal:
        return upfront_share(self.payment)

    @property
    def upfront(self) -> Decimal:
        return self.hourly_cost * self.upfront_share * TERM_HOURS[self.term]


@dataclass(frozen=True)
class SavingsPlan:
    """A commitment in USD an hour; `region` and `family` only for EC2 Instance plans."""

    id: str
    account: str
    type: PlanType
    hourly_cost: Decimal
    starts_at: datetime
    term: Term
    payment: Payment
    region: str | None = None
    family: str | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:savingsplans::{self.account}:savingsplan/{self.id}"

    @property
    def units_per_hour(self) -> Decimal:
        """Nothing: a plan is counted in money alone."""
        return Decimal(0)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + HOUR * TERM_HOURS[self.term]

    @property
    def upfront_share(self) -> Decimal:
        return upfront_share(self.payment)

    @property
    def upfront(self) -> Decimal:
        return self.hourly_cost * self.upfront_share * TERM_HOURS[self.term]

    def rate(self, sku: Sku) -> Decimal | None:
        """USD per unit under this plan, None where it does not apply.

        Made, not published: a Compute plan has the convertible, an EC2 Instance plan the
        standard reserved rate of the same term and payment option.
        """
        return plan_rate(self.type, self.term, self.payment, sku, self.region, self.family)


Commitment = ReservedInstance | SavingsPlan


def upfront_share(payment: Payment) -> Decimal:
    """The prepaid share of a commitment: nothing, half or all."""
    return {"No Upfront": Decimal(0), "Partial Upfront": Decimal("0.5")}.get(payment, Decimal(1))


def plan_rate(
    plan_type: PlanType,
    term: Term,
    payment: Payment,
    sku: Sku,
    region: str | None = None,
    family: str | None = None,
) -> Decimal | None:
    """The Savings Plan rate of a SKU in USD per unit, None where the plan does not apply."""
    if not sku.savings_plan_eligible or sku.pool is None:
        return None
    if plan_type == "EC2InstanceSavingsPlans":
        if sku.pool != "ec2" or (sku.region, sku.family) != (region, family):
            return None
        offering_class: OfferingClass = "standard"
    else:
        offering_class = "convertible"
    if sku.instance_type is not None and sku.platform is not None:
        price = ec2_price(sku.instance_type, sku.region, sku.platform)
        return price.reserved[term, offering_class, payment]
    return ten_places(sku.on_demand * (1 - compute_discount(sku.pool, term, payment)))


def in_force(commitment: Commitment, hour: datetime) -> bool:
    """Whether the clock hour belongs to the term.

    The hour the start falls in counts whole and the hour the end falls in not at all, so
    that a term has exactly its number of hours whatever second it starts at.
    """
    return hour_of(commitment.starts_at) <= hour < hour_of(commitment.ends_at)


@dataclass(frozen=True)
class ReservedNode:
    """`count` reserved nodes of a service beside EC2; no bill of a world has any yet."""

    service: NodeService
    id: str
    account: str
    instance_type: str
    region: str
    engine: str
    count: int
    starts_at: datetime
    term: Term
    payment: Payment
    multi_az: bool = False

    @property
    def arn(self) -> str:
        kind = {"rds": "ri", "elasticache": "reserved-instance"}.get(self.service, "reservednode")
        separator = "/" if self.service == "memorydb" else ":"
        return f"arn:aws:{self.service}:{self.region}:{self.account}:{kind}{separator}{self.id}"


@dataclass(frozen=True, eq=False)
class World:
    """One customer as of `now`; everything it did follows from the seed and the anchor.

    `anchor` is the month all dates are counted from. Keep it when `now` moves on and
    history stays as it was.
    """

    seed: int
    now: datetime
    anchor: date
    months: tuple[date, ...]
    payer: Account
    linked: tuple[Account, ...]
    workloads: tuple[Workload, ...]
    commitments: tuple[Commitment, ...]
    sharing_off: frozenset[str]
    sharing_off_from_anchor: frozenset[str]
    nodes: tuple[ReservedNode, ...] = ()

    @property
    def accounts(self) -> tuple[Account, ...]:
        return (self.payer, *self.linked)

    def account(self, name: str) -> Account:
        """The account of that name; KeyError when there is none."""
        return {account.name: account for account in self.accounts}[name]
