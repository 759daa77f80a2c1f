"""Planned changes on the wire.

What is kept is read by these classes again, so their fields may be added to and never go.
"""

from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from finops_commitments.entered.domain import Entered, Kind
from finops_commitments.entered.schemas import EnteredView
from finops_commitments.planned_changes.domain import PlannedChange, Where
from finops_common.contracts.commitments import PlannedChangeChanged
from finops_common.schemas import Command, Day, DecimalText, Line

Percent = Annotated[DecimalText, Field(max_digits=8, decimal_places=2)]


class Scope(Command):
    """What is left out, or null, means all of them."""

    service: Line | None = Field(None, examples=["AmazonEC2"])
    region: Line | None = Field(None, examples=["eu-central-1"])
    account: Line | None = None
    family: Line | None = Field(None, examples=["m5"])


class PlannedChangeBody(Command):
    """What people know is coming. A migration is two of them: one goes, one comes."""

    name: Line
    kind: Literal["migration", "shutdown", "launch"]
    scope: Scope = Scope()
    starts_on: Day = Field(description="from the first hour of this day on, UTC")
    share_percent: Annotated[Percent, Field(ge=-100, le=100_000)] = Field(
        description="of the usage in scope: -100 ends it, 50 makes it half as much again"
    )
    confidence_percent: Annotated[Percent, Field(gt=0, le=100)] = Field(
        Decimal(100), description="how likely it comes; forecasts expect that part of it"
    )
    note: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")] | None = None

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        if self.share_percent == 0:
            raise ValueError("share_percent must not be 0: nothing would change")
        if self.kind == "shutdown" and self.share_percent > 0:
            raise ValueError("share_percent of a shutdown must be negative")
        if self.kind == "launch" and self.share_percent < 0:
            raise ValueError("share_percent of a launch must be positive")
        return self


class PlannedChangeView(EnteredView, PlannedChangeBody):
    """One planned change."""


KIND = Kind("planned_change", PlannedChangeBody, PlannedChangeChanged)


def view(entered: Entered[PlannedChangeBody]) -> PlannedChangeView:
    """As the wire tells it."""
    return PlannedChangeView(
        id=entered.id,
        version=entered.version,
        changed_by=entered.changed_by,
        created_at=entered.created_at,
        changed_at=entered.changed_at,
        **dict(entered.body),
    )


def change_of(entered: Entered[PlannedChangeBody]) -> PlannedChange:
    """As forecasts use it."""
    return _change(entered.id, entered.body)


def _change(change_id: UUID, body: PlannedChangeBody) -> PlannedChange:
    return PlannedChange(
        id=change_id,
        name=body.name,
        scope=Where(**dict(body.scope)),
        starts_on=body.starts_on,
        share_percent=body.share_percent,
        confidence_percent=body.confidence_percent,
    )
