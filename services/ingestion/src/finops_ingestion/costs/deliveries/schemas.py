"""Deliveries and their runs on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.schemas import Command, DecimalText, Line
from finops_ingestion.connections.schemas import AccountId, Bucket, Prefix, Region
from finops_ingestion.costs.deliveries import domain

MonthText = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-10"])]


class S3Destination(Command):
    kind: Literal["s3"]
    account_id: AccountId = Field(description="owns the bucket, and runs the delivery's template")
    bucket: Bucket = Field(examples=["my-company-costs"])
    prefix: Prefix = Field("", description="without / at its ends", examples=["finops/focus"])
    region: Region = Field(description="of the bucket", examples=["eu-west-1"])


class DeliveryScope(Command):
    sources: list[UUID] = Field([], max_length=100, description="billing sources; all if none")
    accounts: list[Line] = Field(
        [], max_length=1000, description="sub-accounts as bills write them; all if none"
    )


class DailySchedule(Command):
    kind: Literal["daily"] = Field(description="once a day, if anything has changed")
    hour: int = Field(ge=0, le=23, description="UTC")


class OnChangeSchedule(Command):
    kind: Literal["on_change"] = Field(description="within minutes of a change")


class AllMonths(Command):
    kind: Literal["all"]


class SinceMonth(Command):
    kind: Literal["since"]
    month: MonthText = Field(description="the first that is delivered")


class LatestMonths(Command):
    kind: Literal["last"]
    count: int = Field(ge=0, le=120, description="whole months before this one, beside it; UTC")


Schedule = Annotated[DailySchedule | OnChangeSchedule, Field(discriminator="kind")]
MonthsKept = Annotated[AllMonths | SinceMonth | LatestMonths, Field(discriminator="kind")]


class DeliveryTerms(Command):
    destination: S3Destination
    scope: DeliveryScope = DeliveryScope()
    schedule: Schedule
    months: MonthsKept = Field(
        AllMonths(kind="all"), description="kept up to date; what has been delivered else stays"
    )

    def terms(self) -> domain.Terms:
        """As use cases take them."""
        chosen, months = self.schedule, self.months
        return domain.Terms(
            destination=domain.Bucket(**self.destination.model_dump()),
            scope=domain.Scope(tuple(self.scope.sources), tuple(self.scope.accounts)),
            schedule=domain.Daily("daily", chosen.hour)
            if isinstance(chosen, DailySchedule)
            else domain.OnChange("on_change"),
            months=domain.Months(
                months.kind,
                date.fromisoformat(f"{months.month}-01")
                if isinstance(months, SinceMonth)
                else None,
                months.count if isinstance(months, LatestMonths) else None,
            ),
        )

    @classmethod
    def of(cls, terms: domain.Terms) -> "DeliveryTerms":
        """What `terms` was."""
        place, months, schedule = terms.destination, terms.months, terms.schedule
        kept: AllMonths | SinceMonth | LatestMonths = AllMonths(kind="all")
        if months.since is not None:
            kept = SinceMonth(kind="since", month=f"{months.since:%Y-%m}")
        if months.count is not None:
            kept = LatestMonths(kind="last", count=months.count)
        return cls(
            destination=S3Destination.model_validate(place, from_attributes=True),
            scope=DeliveryScope(
                sources=list(terms.scope.sources), accounts=list(terms.scope.accounts)
            ),
            schedule=DailySchedule(kind="daily", hour=schedule.hour)
            if isinstance(schedule, domain.Daily)
            else OnChangeSchedule(kind="on_change"),
            months=kept,
        )


class DeliveryDraft(DeliveryTerms):
    name: Line
    enabled: bool = Field(default=True, description="whether the schedule is followed")


class DeliveryChange(Command):
    """What is left out, or null, stays."""

    name: Line | None = None
    enabled: bool | None = None
    terms: DeliveryTerms | None = Field(None, description="take the place of the former, whole")


class DeliveryView(BaseModel):
    id: UUID
    name: str
    enabled: bool
    terms: DeliveryTerms
    folder: str = Field(description="in the bucket; all keys begin with it")
    role_name: str = Field(description="what the delivery's template makes")
    status: Literal["unchecked", "healthy", "failing"] = Field(
        description="unchecked: nothing is delivered by schedule until a check or run went well"
    )
    cause: str | None
    advice: str | None
    checked_at: datetime | None
    delivered_at: datetime | None = Field(description="when a run last went well")
    due_at: datetime | None = Field(description="when bills are next looked at; null: never")
    version: int
    created_at: datetime
    changed_at: datetime


class RunOrder(Command):
    anew: bool = Field(default=False, description="months that have not changed too")


class DeliveredTotal(BaseModel):
    currency: str
    billed_cost: DecimalText
    effective_cost: DecimalText
    list_cost: DecimalText
    contracted_cost: DecimalText


class DeliveredFileView(BaseModel):
    period: str = Field(examples=["2026-10"])
    key: str
    bytes: int
    sha256: str
    etag: str
    lines: int
    finality: str = Field(description="open, closed or restated; empty: nothing stands any more")
    totals: list[DeliveredTotal]


class DeliveryRunView(BaseModel):
    id: UUID
    delivery_id: UUID
    requested_by: domain.RunCause
    anew: bool
    state: domain.State
    cause: str | None
    advice: str | None
    tries: int
    files: list[DeliveredFileView]
    lines: int
    bytes: int
    totals: list[DeliveredTotal] = Field(description="of all files, by currency")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class DeliveryStackView(BaseModel):
    external_id: str = Field(description="goes into the role's trust policy; keep it to yourselves")
    role_name: str
