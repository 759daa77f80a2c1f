"""HTTP of exports."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.exports.domain import Format
from finops_common.exports.http import FileResponse, answer
from finops_ingestion.costs.domain import AskedCosts
from finops_ingestion.costs.filters import Filters
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.router import Asked, MayRead, Sources, asked_costs
from finops_ingestion.dependencies import Exports

costs_export = organization_router("/costs/export", "exports")
lines_export = organization_router("/line-items/export", "exports")
_ANSWER = answer("csv", "xlsx", "parquet")
Wanted = Annotated[
    Format,
    Query(
        alias="format",
        description="csv: a text that begins as a formula gets an apostrophe. xlsx: texts are never"
        " formulas; a sheet says what was asked, and as of when. parquet: types and all digits",
    ),
]


@costs_export.get(
    "",
    summary="Export costs",
    response_class=StreamingResponse,
    responses=problems(QuestionTooLarge) | _ANSWER,
)
async def export_costs(
    caller: MayRead,
    exports: Exports,
    asked: Annotated[AskedCosts, Depends(asked_costs)],
    form: Wanted,
) -> FileResponse:
    """What the cost query answers, as a table: a row per span of time and group, of totals one per group with share and comparison. Rows of a currency sum to its total."""
    return FileResponse(await exports.costs(caller, asked, form), form)


@lines_export.get(
    "",
    summary="Export lines of the bills",
    response_class=StreamingResponse,
    responses=problems(QuestionTooLarge) | _ANSWER,
)
async def export_line_items(
    caller: MayRead,
    exports: Exports,
    days: Asked,
    filters: Filters,
    form: Wanted,
    source: Sources = None,
) -> FileResponse:
    """Those that began on these days, with FOCUS's columns and tags as JSON, however many they are."""
    export = await exports.lines(caller, days, filters, source or (), form)
    return FileResponse(export, form)
