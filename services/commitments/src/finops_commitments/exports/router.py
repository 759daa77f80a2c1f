"""HTTP of exports."""

from datetime import UTC
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from finops_commitments.access import MayRead
from finops_commitments.dependencies import Exports, Now, SpeaksLanguage
from finops_commitments.exports.service import Shape
from finops_commitments.figures.router import Asked
from finops_commitments.inventory.listing import Narrowing
from finops_commitments.inventory.router import narrowing
from finops_commitments.problems import TooManyCells
from finops_commitments.recommendations.schemas import LookBack
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.exports.http import FileResponse, answer
from finops_common.schemas import Instant

router = organization_router("", "exports")
_ANSWERS = problems(TooManyCells) | answer("csv", "xlsx")


async def shape(
    form: Annotated[
        Literal["csv", "xlsx"],
        Query(
            alias="format",
            description="csv: a text that begins as a formula gets an apostrophe. xlsx: texts are"
            " never formulas; a sheet says what was asked, totals, formulas, and as of when",
        ),
    ],
    columns: Annotated[
        str | None, Query(max_length=1000, description="only these, comma separated, in this order")
    ] = None,
    sort: Annotated[
        str | None, Query(max_length=60, description="column, descending behind a minus")
    ] = None,
) -> Shape:
    """The form, the columns and the order of an export."""
    return Shape(form, tuple(dict.fromkeys(columns.split(","))) if columns else (), sort)


Shaped = Annotated[Shape, Depends(shape)]


@router.get(
    "/utilization/export",
    summary="Export utilization",
    response_class=StreamingResponse,
    responses=_ANSWERS,
)
async def export_utilization(
    caller: MayRead, exports: Exports, asked: Asked, shaped: Shaped
) -> FileResponse:
    """The rows of `GET …/utilization`, up to 250,000; without `by` and `group` a row per currency."""
    return FileResponse(await exports.figures(caller, "utilization", asked, shaped), shaped.form)


@router.get(
    "/coverage/export",
    summary="Export coverage",
    response_class=StreamingResponse,
    responses=_ANSWERS,
)
async def export_coverage(
    caller: MayRead, exports: Exports, asked: Asked, shaped: Shaped
) -> FileResponse:
    """The rows of `GET …/coverage`, up to 250,000; without `by` and `group` a row per currency."""
    return FileResponse(await exports.figures(caller, "coverage", asked, shaped), shaped.form)


@router.get(
    "/inventory/export",
    summary="Export the inventory",
    response_class=StreamingResponse,
    responses=_ANSWERS,
)
async def export_inventory(
    caller: MayRead,
    exports: Exports,
    now: Now,
    filters: Annotated[Narrowing, Depends(narrowing)],
    shaped: Shaped,
    at: Annotated[Instant | None, Query(description="as they stood then; now")] = None,
) -> FileResponse:
    """All pages of `GET …/inventory`."""
    instant = at.astimezone(UTC) if at else now
    return FileResponse(await exports.inventory(caller, instant, filters, shaped), shaped.form)


@router.get(
    "/recommendations/export",
    summary="Export recommendations",
    response_class=StreamingResponse,
    responses=_ANSWERS,
)
async def export_recommendations(
    caller: MayRead,
    exports: Exports,
    language: SpeaksLanguage,
    shaped: Shaped,
    look_back: Annotated[LookBack, Query(description="days")] = LookBack.QUARTER,
    cost_of_capital: Annotated[
        Decimal | None, Query(ge=0, le=1, description="a year, for the present value: 0.08 is 8 %")
    ] = None,
) -> FileResponse:
    """A row per variant of `GET …/recommendations`; variants are alternatives and never summed."""
    found = await exports.recommendations(caller, look_back, cost_of_capital, language, shaped)
    return FileResponse(found, shaped.form)
