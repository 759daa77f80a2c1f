"""Figures on the wire. Money is in the row's currency; null is unknown or does not exist."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field, PlainSerializer

from finops_commitments.figures.domain import FORMULA_VERSION, Amount, Figures
from finops_commitments.figures.explanation import Explanation
from finops_commitments.figures.measures import end_of
from finops_commitments.figures.opened import Answer
from finops_commitments.figures.service import Breakdown, Wanted
from finops_commitments.revisions.domain import Finality, Revision, finality, within
from finops_common.money import plain
from finops_common.schemas import DecimalText

PERCENT_STEP = Decimal("1e-8")


def _percent(value: Decimal) -> str:
    # Adding zero turns a rounded "-0" into "0".
    return plain(value.quantize(PERCENT_STEP, ROUND_HALF_EVEN) + 0)


Percent = Annotated[
    Decimal,
    PlainSerializer(_percent, return_type=str, when_used="json"),
    Field(json_schema_extra={"format": "decimal"}, examples=["94.25"]),
]
"""Rounded half to even to eight places, here and nowhere before."""


class Cell(BaseModel):
    """One row: a currency, a period (null is the whole time), a value per group."""

    currency: str
    period_start: datetime | None
    groups: dict[str, str | None]
    finality: Finality
    lines: int = Field(description="bill lines behind the row")
    lines_without_price: int = Field(
        description="lines of eligible usage whose public price the bill does not give"
    )


class CoverageRow(Cell):
    """How much of what could be covered is, and by whose commitments."""

    covered: DecimalText | None = Field(description="covered usage at public on-demand price")
    on_demand_cost: DecimalText | None = Field(description="eligible and not covered")
    on_demand_charged: DecimalText | None
    on_demand_equivalent: DecimalText | None
    coverage_percent: Percent | None
    savings_plan_coverage_percent: Percent | None
    reserved_instance_coverage_percent: Percent | None
    covered_own: DecimalText | None
    covered_shared: DecimalText | None = Field(description="by commitments from elsewhere")
    covered_owner_unknown: DecimalText | None
    unused: DecimalText | None = Field(description="waste beside it")
    commitment_to_eligible_percent: Percent | None = Field(description="past 100: over-committed")
    over_committed: bool | None
    coverage_opsnow_percent: Percent | None


class UtilizationRow(Cell):
    """How much of what was bought is used."""

    total: DecimalText | None
    used: DecimalText | None
    unused: DecimalText | None
    utilization_percent: Percent | None
    total_units: DecimalText | None = Field(description="in `unit`")
    used_units: DecimalText | None
    unused_units: DecimalText | None
    unit: str | None
    covered: DecimalText | None
    net_savings: DecimalText | None


class SavingsRow(Cell):
    """What commitments cost and saved; net savings may be negative."""

    on_demand_equivalent: DecimalText | None
    on_demand_cost: DecimalText | None
    amortised_cost: DecimalText | None
    used: DecimalText | None
    unused: DecimalText | None
    net_savings: DecimalText | None
    effective_savings_rate_percent: Percent | None
    negotiated_savings: DecimalText | None
    commitment_savings: DecimalText | None


R = TypeVar("R", bound=Cell)


class Report(BaseModel, Generic[R]):
    """Figures with what they are made from."""

    since: datetime
    until: datetime
    as_of: datetime | None = Field(description="last instant every bill in it knows of")
    finality: Finality = Field(description="open: a later bill may still change it")
    formula_version: str = FORMULA_VERSION
    cost_groups_version: int | None = Field(description="whose rules sorted; null: not asked for")
    totals: list[R] = Field(description="one per currency")
    rows: list[R]


class AmountView(BaseModel):
    known: DecimalText
    unknown_lines: int


class ContributionView(BaseModel):
    """What records of one hour, commitment and line type add."""

    hour: datetime
    charge_span: str
    commitment_id: str | None
    charge_kind: str | None
    inputs: dict[str, AmountView]
    records: int
    lines: int


class RevisionView(BaseModel):
    billing_source_id: UUID
    period: date
    revision: int
    finality: Finality
    as_of: datetime


class ExplanationView(BaseModel):
    """One figure, down to hours and commitments."""

    figure: str
    formula: str
    formula_version: str
    currency: str
    # In this order: true and a count would do for a decimal too.
    value: bool | int | DecimalText | None
    inputs: dict[str, AmountView]
    records: int
    lines: int
    as_of: datetime | None
    finality: Finality
    cost_groups_version: int | None
    revisions: list[RevisionView]
    contributions: list[ContributionView]
    contributions_in_all: int
    next_offset: int | None


def report(answer: Answer[Breakdown], wanted: Wanted, row: type[R]) -> Report[R]:
    """The answer as rows of one kind."""

    def show(cells: list[Figures]) -> list[R]:
        return [_row(cell, answer.revisions, row) for cell in cells]

    return Report[row](  # type: ignore[valid-type] # Pydantic's generic models are made at run time
        since=wanted.since,
        until=wanted.until,
        as_of=answer.as_of,
        finality=answer.finality,
        cost_groups_version=answer.cost_groups_version,
        totals=show(answer.value.totals),
        rows=show(answer.value.rows),
    )


def explanation_view(answer: Answer[Explanation], offset: int) -> ExplanationView:
    """The explanation; its contributions are those from `offset` on."""
    found = answer.value
    end = offset + len(found.contributions)
    return ExplanationView(
        figure=found.figure,
        formula=found.formula,
        formula_version=found.formula_version,
        currency=found.cell.currency,
        value=found.value,
        inputs=_amounts(found.inputs),
        records=found.records,
        lines=found.lines,
        as_of=answer.as_of,
        finality=answer.finality,
        cost_groups_version=answer.cost_groups_version,
        revisions=[RevisionView.model_validate(e, from_attributes=True) for e in answer.revisions],
        contributions=[
            ContributionView(
                hour=each.hour,
                charge_span=each.charge_span,
                commitment_id=each.commitment_id,
                charge_kind=each.charge_kind,
                inputs=_amounts(each.inputs),
                records=each.records,
                lines=each.lines,
            )
            for each in found.contributions
        ],
        contributions_in_all=found.contributions_in_all,
        next_offset=end if end < found.contributions_in_all else None,
    )


def _amounts(inputs: Mapping[str, Amount]) -> dict[str, AmountView]:
    return {
        name: AmountView(known=each.known, unknown_lines=each.unknown_lines)
        for name, each in inputs.items()
    }


def _row(cell: Figures, revisions: tuple[Revision, ...], row: type[R]) -> R:
    names = [name for name in row.model_fields if name not in PLACE]
    return row(
        currency=cell.cell.currency,
        period_start=cell.cell.period_start,
        groups={group.value: value for group, value in cell.cell.groups},
        finality=finality_of(cell, revisions),
        **{name: measure(cell, name) for name in names},
    )


PLACE = frozenset({"currency", "period_start", "groups", "finality"})
"""Which row it is: the fields that are no measures."""


def measure(cell: Figures, name: str) -> object:
    """A field of a row that is no part of its place."""
    return getattr(cell, name)


def finality_of(cell: Figures, revisions: tuple[Revision, ...]) -> Finality:
    """How final the bills of a row's period are."""
    place = cell.cell
    if place.period is None or place.period_start is None:
        return finality(revisions)
    end = end_of(place.period, place.period_start)
    return finality(within(revisions, place.period_start, end))
