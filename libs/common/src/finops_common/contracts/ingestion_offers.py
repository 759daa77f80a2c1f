"""What ingestion lists as on offer: rates of plans, and reservations of capacity."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class SavingsPlanRate(BaseModel):
    """One row of a price list: what an hour of a usage costs under a plan."""

    model_config = ConfigDict(frozen=True)

    plan_type: str
    term_months: int
    payment_option: str
    region: str
    usage_type: str
    operation: str | None = None
    platform: str | None = None
    tenancy: str | None = None
    rate: Decimal
    currency: str
    on_demand_hourly: Decimal | None = Field(
        None, description="public price of the same hour without a plan, where the list has it"
    )


class ReservationOffer(BaseModel):
    """A standard reservation on offer, for a region; amounts are of one instance."""

    model_config = ConfigDict(frozen=True)

    service: str = Field(description="as bills write it, such as AmazonEC2")
    region: str
    instance_type: str = Field(description="of Google Cloud the machine family, such as n2")
    platform: str = Field(
        description="or engine; empty where the service names none; of Google Cloud what one unit commits to: a vcpu, or a GiB of memory"
    )
    tenancy: str | None = None
    deployment: str | None = Field(None, description="multi_az, of RDS; null: one instance")
    term_months: int
    payment_option: str
    upfront: Decimal = Field(description="paid once, at the start")
    recurring_hourly: Decimal
    currency: str
    on_demand_hourly: Decimal | None = Field(
        None, description="public price of one on demand, where the list has it"
    )
