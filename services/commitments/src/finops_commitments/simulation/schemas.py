"""The wire form of a scenario: one hour of usage, and what is held."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from finops_commitments.simulation.aws import LONG_AGO, PlanType
from finops_commitments.simulation.instances import EC2, Instance, instance_named
from finops_commitments.simulation.sharing import Mode


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("Input should be a number")  # noqa: TRY004 -- Pydantic's way to refuse
    return value


Amount = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, max_digits=60, decimal_places=40)]
Rate = Annotated[Amount, Field(gt=0)]
Place = Annotated[str, StringConstraints(to_lower=True, strip_whitespace=True)]
"""A region or zone: whoever writes US-EAST-1 means the one AWS writes us-east-1."""


Name = Annotated[str, StringConstraints(to_lower=True, strip_whitespace=True, min_length=1)]
"""What Azure and Google Cloud name in any letter case."""
Term = Literal["1y", "3y"]


class Wire(BaseModel):
    """A null is as good as left out; what is not known is kept, to be named as not read."""

    model_config = ConfigDict(frozen=True, extra="allow", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:  # noqa: ANN401 -- whatever the file holds
        if not isinstance(value, dict):
            return value
        return {name: each for name, each in value.items() if each is not None}


class ExactWire(Wire):
    """A field that is not known is refused: most likely it is misspelt."""

    model_config = ConfigDict(extra="forbid")


class PlacedWire(Wire):
    """Fields that say which hardware is meant."""

    account: str = ""
    service: str = EC2
    region: Place | None = None
    zone: Place | None = None
    family: str | None = None
    size: str | None = None
    platform: str | None = None
    tenancy: str | None = None
    deployment: Literal["single_az", "multi_az", "multi_az_cluster"] = "single_az"

    @property
    def instance(self) -> Instance:
        return instance_named(
            *(self.service, self.region, self.zone),
            *(self.family, self.size, self.platform, self.tenancy),
            deployment=self.deployment,
        )


class UsageWire(PlacedWire):
    """Usage of the hour; rates by type of plan, where one would cover it."""

    label: str | None = None
    quantity: Amount
    on_demand_rate: Amount | None = None
    rates: dict[PlanType, Rate] = {}


class ReservedWire(PlacedWire):
    """Reservations held; the rate is what one costs an hour, upfront spread over the term."""

    id: str | None = None
    count: Amount
    hourly_rate: Amount | None = None
    starts_at: datetime = LONG_AGO


class PlanWire(Wire):
    """A Savings Plan held."""

    id: str | None = None
    account: str = ""
    type: PlanType
    region: Place | None = None
    family: str | None = None
    hourly_commitment: Amount
    starts_at: datetime = LONG_AGO


class SharingWire(Wire):
    """Between whom commitments are shared."""

    mode: Mode = Mode.ORGANIZATION
    groups: dict[str, list[str]] = {}
    off: list[str] = []


class OrdersWire(Wire):
    """How to decide what AWS leaves open."""

    shared_ec2_instance_plans: Literal["before_own_compute_plans", "after_own_compute_plans"] = (
        "before_own_compute_plans"
    )
    equal_commitments: Literal["oldest_first", "newest_first"] = "oldest_first"


class ScenarioWire(Wire):
    """The whole file."""

    provider: str = "AWS"
    sharing: SharingWire = SharingWire()
    orders: OrdersWire = OrdersWire()
    usage: list[UsageWire]
    reserved_instances: list[ReservedWire] = []
    savings_plans: list[PlanWire] = []
