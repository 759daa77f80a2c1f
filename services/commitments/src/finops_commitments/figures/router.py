"""HTTP of figures."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query

from finops_commitments.access import MayRead
from finops_commitments.cost_groups.domain import UNKNOWN
from finops_commitments.dependencies import FigureAnswers, Now
from finops_commitments.figures import schemas
from finops_commitments.figures.domain import FORMULAS, Group, Period
from finops_commitments.figures.measures import Page
from finops_commitments.figures.service import Wanted
from finops_commitments.problems import CurrencyNeeded, TooManyCells
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.errors.problem import FieldError, InvalidInput
from finops_common.schemas import Instant

router = organization_router("", "figures")

DEFAULT_DAYS = 30
Since = Annotated[
    Instant | None, Query(description="from this instant on; UTC midnight, 30 days before `until`")
]
Until = Annotated[Instant | None, Query(description="before this instant; now")]
By = Annotated[Period | None, Query(description="a row per UTC hour, day or month")]
Groups = Annotated[
    list[Group],
    Query(
        alias="group",
        max_length=3,
        description="a row per value of these; rows of cost groups are without those below them",
    ),
]
Currency = Annotated[str | None, Query(pattern="^[A-Z]{3}$", description="billing currency")]
Only = Annotated[
    str | None, Query(max_length=300, description="only this; empty: what the bill has none for")
]
OnlyGroup = Annotated[
    str | None,
    Query(
        max_length=300,
        description="only this cost group and those below it, by id; empty: what falls into none; "
        f"{UNKNOWN}: what a rule over tags, cost categories or resources decides, which hourly "
        "records do not say",
    ),
]


async def chosen(
    payer: Only = None,
    account: Only = None,
    service: Only = None,
    region: Only = None,
    family: Only = None,
    instance_type: Only = None,
    commitment: Only = None,
    commitment_type: Only = None,
    cost_group: OnlyGroup = None,
) -> tuple[tuple[Group, str | None], ...]:
    """The filters of the request."""
    given = {
        Group.PAYER: payer,
        Group.ACCOUNT: account,
        Group.SERVICE: service,
        Group.REGION: region,
        Group.FAMILY: family,
        Group.INSTANCE_TYPE: instance_type,
        Group.COMMITMENT: commitment,
        Group.COMMITMENT_TYPE: commitment_type,
        Group.COST_GROUP: cost_group,
    }
    return tuple((group, value or None) for group, value in given.items() if value is not None)


async def window(now: Now, since: Since = None, until: Until = None) -> tuple[datetime, datetime]:
    """The time of the request.

    Raises:
        InvalidInput: it ends before it begins.
    """
    end = until.astimezone(UTC) if until else now
    start = since.astimezone(UTC) if since else _midnight(end - timedelta(days=DEFAULT_DAYS))
    if start >= end:
        wrong = FieldError("query.since", "value_error", "must be before until")
        raise InvalidInput(errors=(wrong,))
    return start, end


def _midnight(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)


Chosen = Annotated[tuple[tuple[Group, str | None], ...], Depends(chosen)]
Window = Annotated[tuple[datetime, datetime], Depends(window)]


async def wanted(
    within: Window,
    filters: Chosen,
    by: By = None,
    group: Groups = [],  # noqa: B006 - FastAPI copies it
    currency: Currency = None,
) -> Wanted:
    """What a figures route was asked for."""
    return Wanted(*within, by, tuple(dict.fromkeys(group)), filters, currency)


Asked = Annotated[Wanted, Depends(wanted)]


@router.get("/coverage", summary="Coverage", responses=problems(TooManyCells))
async def get_coverage(
    caller: MayRead,
    figures: FigureAnswers,
    asked: Asked,
    on_demand: Annotated[
        bool, Query(description="false: rows of on-demand usage alone are left out, not of totals")
    ] = True,
) -> schemas.Report[schemas.CoverageRow]:
    """Covered and eligible usage at public on-demand price, split by whose commitments cover it."""
    answer = await (figures.breakdown if on_demand else figures.utilization)(caller, asked)
    return schemas.report(answer, asked, schemas.CoverageRow)


@router.get("/utilization", summary="Utilization", responses=problems(TooManyCells))
async def get_utilization(
    caller: MayRead, figures: FigureAnswers, asked: Asked
) -> schemas.Report[schemas.UtilizationRow]:
    """How much of what was bought is used; group by commitment for each one."""
    return schemas.report(await figures.utilization(caller, asked), asked, schemas.UtilizationRow)


@router.get("/savings", summary="Savings", responses=problems(TooManyCells))
async def get_savings(
    caller: MayRead, figures: FigureAnswers, asked: Asked
) -> schemas.Report[schemas.SavingsRow]:
    """What commitments cost and saved, negotiated prices kept apart."""
    return schemas.report(await figures.breakdown(caller, asked), asked, schemas.SavingsRow)


@router.get("/explain", summary="How one figure is made", responses=problems(CurrencyNeeded))
async def explain_figure(
    caller: MayRead,
    figures: FigureAnswers,
    asked: Asked,
    figure: Annotated[str, Query(description=", ".join(FORMULAS))],
    period_start: Annotated[Instant | None, Query(description="with `by`: the row")] = None,
    offset: Annotated[int, Query(ge=0, description="contributions left out before")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="contributions at most")] = 200,
) -> schemas.ExplanationView:
    """Formula, inputs and row counts of one row's figure, down to hours and commitments.

    The row is named by the same filters that select it, its period by `by` and `period_start`. With `group=cost_group` it is that of the group alone, else that of all below it too.
    """
    if figure not in FORMULAS:
        unknown = FieldError("query.figure", "unknown", f"must be one of {', '.join(FORMULAS)}")
        raise InvalidInput(errors=(unknown,))
    start = period_start.astimezone(UTC) if period_start else None
    answer = await figures.explain(caller, asked, figure, start, Page(offset, limit))
    return schemas.explanation_view(answer, offset)
