"""HTTP of exports."""

import asyncio
from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_ingestion.costs.domain import AskedCosts
from finops_ingestion.costs.exports.domain import Format
from finops_ingestion.costs.exports.service import Export
from finops_ingestion.costs.filters import Filters
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.router import Asked, MayRead, Sources, asked_costs
from finops_ingestion.dependencies import Exports

costs_export = organization_router("/costs/export", "exports")
lines_export = organization_router("/line-items/export", "exports")
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
_FILE = {"schema": {"type": "string", "format": "binary"}}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file. If it cannot be read to its end, the connection is cut.",
        "content": {kind.partition(";")[0]: _FILE for kind in MEDIA_TYPES.values()},
    }
}
Wanted = Annotated[
    Format,
    Query(
        alias="format",
        description="csv: a text that begins as a formula gets an apostrophe. xlsx: texts are never"
        " formulas; a sheet says what was asked, and as of when. parquet: types and all digits",
    ),
]


class FileResponse(StreamingResponse):
    """An export; what it holds is let go, whoever ends it."""

    def __init__(self, export: Export, form: Format) -> None:
        named = {"Content-Disposition": f'attachment; filename="{export.filename}"'}
        super().__init__(export.pieces, headers=named, media_type=MEDIA_TYPES[form])
        self._export = export

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await asyncio.shield(self._export.pieces.close())


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
