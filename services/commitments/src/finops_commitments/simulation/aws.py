"""A payer family of AWS: its usage lines and commitments, and how these apply to any hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from finops_commitments.simulation.instances import Instance
from finops_commitments.simulation.sharing import Sharing

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class PlanType(StrEnum):
    """The types of Savings Plans."""

    EC2_INSTANCE = "ec2_instance"
    COMPUTE = "compute"
    SAGEMAKER = "sagemaker"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class UsageLine:
    """Usage of one kind by one account; its quantities stand in an array.

    Rates are money per unit, above zero. `rates` are by rate card: a plan covers the line at
    the rate of the plan's card, and not at all where there is none. Who has such rates has
    an on-demand rate too: their ratio is what plans go by.
    """

    account: str = ""
    label: str = ""
    instance: Instance = field(default_factory=Instance)
    on_demand_rate: Decimal | None = None
    rates: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReservedInstance:
    """Reservations of one kind; regional when the instance has no zone."""

    id: str
    account: str
    instance: Instance
    starts_at: datetime = LONG_AGO

    @property
    def zonal(self) -> bool:
        return self.instance.zone is not None


@dataclass(frozen=True, slots=True)
class SavingsPlan:
    """A plan; `region` and `family` are an EC2 Instance plan's.

    Plans of another term or payment option have other rates, and so another `rate_card`.
    """

    id: str
    account: str
    type: PlanType
    rate_card: str
    region: str | None = None
    family: str | None = None
    starts_at: datetime = LONG_AGO


@dataclass(frozen=True, slots=True)
class Orders:
    """The two orders that AWS leaves open.

    Whether another account's EC2 Instance plan goes before an account's own Compute plan, and
    whether the newer of two equal commitments is drawn first.
    """

    shared_instance_plans_first: bool = True
    newest_first: bool = False


@dataclass(frozen=True)
class PayerFamily:
    """Who uses and holds what under one payer; the hours' quantities stand in arrays."""

    lines: Sequence[UsageLine]
    reserved: Sequence[ReservedInstance] = ()
    plans: Sequence[SavingsPlan] = ()
    sharing: Sharing = field(default_factory=Sharing)
    orders: Orders = Orders()


def pool_units(instance: Instance, *, zonal: bool) -> Fraction:
    """What an instance hour draws from a reservation: normalised units where sizes flex."""
    return Fraction(1 if zonal or instance.units is None else instance.units)
