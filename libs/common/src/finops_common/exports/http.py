"""HTTP of exports."""

import asyncio
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from finops_common.exports.domain import Format
from finops_common.exports.files import Export

MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
_FILE = {"schema": {"type": "string", "format": "binary"}}


def answer(*forms: Format) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of an export in one of these forms."""
    content = {MEDIA_TYPES[each].partition(";")[0]: _FILE for each in forms}
    told = "The file. If it cannot be read to its end, the connection is cut."
    return {200: {"description": told, "content": content}}


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
