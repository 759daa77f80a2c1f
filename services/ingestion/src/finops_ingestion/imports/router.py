"""HTTP of imports: the ledger, progress, uploads, backfill."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Security
from fastapi.responses import JSONResponse, StreamingResponse

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller, organization_router
from finops_common.errors.http import problems
from finops_common.once import Once
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_ingestion.dependencies import Backfill, Imports
from finops_ingestion.imports import schemas
from finops_ingestion.imports.domain import Import
from finops_ingestion.imports.service import ImportService
from finops_ingestion.imports.uploading import upload_chunks
from finops_ingestion.problems import (
    ImportEnded,
    NotAnUpload,
    NotConnected,
    NothingUploaded,
    SeveralBills,
    SourceStopped,
    TooManyFiles,
)

imports_router = organization_router("/imports", "imports")
sources_router = organization_router("/billing-sources", "billing sources")
uploads_router = organization_router("/uploads", "uploads")
MayRead = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:view"])]
MayChange = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:edit"])]
Paging = Annotated[PageRequest, Depends(page_request)]
LOOK_S = 1.0
HEARTBEAT_S = 15.0


def view(found: Import) -> schemas.ImportView:
    return schemas.ImportView.model_validate(found, from_attributes=True)


@imports_router.get("", summary="Imports, newest first", response_model=Listing[schemas.ImportView])
async def list_imports(
    caller: MayRead, imports: Imports, paging: Paging
) -> Listing[schemas.ImportView] | JSONResponse:
    """Those of the organization's own billing sources. Sort by created_at."""
    return listing(await imports.page(caller, paging), paging, schemas.ImportView, view)


@imports_router.get("/{import_id}", summary="One import with its files")
async def read_import(import_id: UUID, caller: MayRead, imports: Imports) -> schemas.ImportDetail:
    """How far it is or how it ended; refused rows by reason with their line numbers."""
    found = view(await imports.get(caller, import_id))
    files = await imports.files(caller, import_id)
    shown = [schemas.FileView.model_validate(each, from_attributes=True) for each in files]
    return schemas.ImportDetail(**found.model_dump(), files=shown)


@imports_router.get(
    "/{import_id}/events",
    summary="Progress of an import, as it happens",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def follow_import(import_id: UUID, caller: MayRead, imports: Imports) -> StreamingResponse:
    """Server-sent events: one `progress` for each change, `ended` at the end, then the stream ends."""
    first = await imports.get(caller, import_id)
    return StreamingResponse(
        _progress(imports, caller, first),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _progress(imports: ImportService, caller: Caller, found: Import) -> AsyncIterator[str]:
    told, silent = "", 0.0
    while True:
        text = view(found).model_dump_json()
        if text != told:
            yield f"event: {'ended' if found.ended else 'progress'}\ndata: {text}\n\n"
            told, silent = text, 0.0
        elif silent >= HEARTBEAT_S:
            yield ": still here\n\n"
            silent = 0.0
        if found.ended:
            return
        await asyncio.sleep(LOOK_S)
        silent += LOOK_S
        found = await imports.get(caller, found.id)


@imports_router.post(
    "/{import_id}/cancellation", summary="Cancel an import", responses=problems(ImportEnded)
)
async def cancel_import(import_id: UUID, caller: MayChange, imports: Imports) -> schemas.ImportView:
    """Nothing of it will count; what stood before stands."""
    return view(await imports.cancel(caller, import_id))


@imports_router.post(
    "/{import_id}/pause", summary="Pause an import", responses=problems(ImportEnded)
)
async def pause_import(import_id: UUID, caller: MayChange, imports: Imports) -> schemas.ImportView:
    """It rests until it is resumed, and so does its month; a running one within seconds."""
    return view(await imports.pause(caller, import_id))


@imports_router.post(
    "/{import_id}/resume", summary="Resume an import", responses=problems(ImportEnded)
)
async def resume_import(import_id: UUID, caller: MayChange, imports: Imports) -> schemas.ImportView:
    """It goes on where it was: files that were fetched are not fetched again."""
    return view(await imports.resume(caller, import_id))


@imports_router.post(
    "/{import_id}/retry",
    status_code=202,
    summary="Import the same files again",
    responses=problems(NotAnUpload, SourceStopped),
)
async def retry_import(
    import_id: UUID, caller: MayChange, imports: Imports, once: Once
) -> schemas.ImportView:
    """A new import of the very files of this one."""
    return view(await once(caller, lambda new_id: imports.retry(caller, import_id, new_id)))


@sources_router.get("", summary="Billing sources the organization owns")
async def list_billing_sources(caller: MayRead, imports: Imports) -> schemas.SourceList:
    """Export buckets and series of uploads."""
    found = await imports.sources(caller)
    items = [schemas.SourceView.model_validate(each, from_attributes=True) for each in found]
    return schemas.SourceList(items=items)


@sources_router.get("/{billing_source_id}/periods", summary="Billing periods of a source")
async def list_periods(
    billing_source_id: UUID, caller: MayRead, imports: Imports
) -> schemas.PeriodList:
    """Each month with the revision that stands and how final it is, newest first."""
    found = await imports.periods(caller, billing_source_id)
    items = [schemas.PeriodView.model_validate(each, from_attributes=True) for each in found]
    return schemas.PeriodList(items=items)


@sources_router.post(
    "/{billing_source_id}/imports",
    status_code=202,
    summary="Ask for a month",
    responses=problems(NotAnUpload, SourceStopped),
)
async def ask_for_month(
    billing_source_id: UUID,
    body: schemas.MonthWanted,
    caller: MayChange,
    imports: Imports,
    once: Once,
) -> schemas.Asked:
    """Looks for the month's bill and imports it unless that very version stands already."""
    period = date.fromisoformat(f"{body.period}-01")

    async def ask(job_id: UUID) -> schemas.Asked:
        await imports.ask_for(caller, billing_source_id, period, job_id)
        return schemas.Asked(job_id=job_id)

    return await once(caller, ask)


@sources_router.post(
    "/{billing_source_id}/backfill",
    status_code=202,
    summary="Ask for a range of months",
    responses=problems(NotAnUpload, SourceStopped, NotConnected, TooManyFiles, SeveralBills),
)
async def ask_for_months(
    billing_source_id: UUID, body: schemas.MonthsWanted, caller: MayChange, backfill: Backfill
) -> schemas.MonthsAsked:
    """Looks at once, and answers for each month whether there is something to read. Repeating it is harmless."""
    found = await backfill.ask(caller, billing_source_id, *body.bounds())
    items = [schemas.MonthAsked.model_validate(each, from_attributes=True) for each in found]
    return schemas.MonthsAsked(items=items)


@uploads_router.put(
    "/{name}",
    status_code=202,
    summary="Upload a bill",
    responses=problems(NothingUploaded),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def upload_bill(
    name: Annotated[str, Path(max_length=200, pattern=r"^[^/\\\x00-\x1f]+$")],
    request: Request,
    caller: MayChange,
    imports: Imports,
    series: Annotated[
        str,
        Query(
            max_length=100,
            pattern=r"^[\w .-]+$",
            description="uploads of one series replace each other month by month",
        ),
    ] = "uploads",
) -> schemas.ImportView:
    """FOCUS 1.0 to 1.2 or an AWS report: CSV, CSV.gz or Parquet, up to 5 GB, as the raw body.

    Uploads prove no ownership of an account and never feed a purchase.
    """
    return view(await imports.upload(caller, name, series, upload_chunks(request)))
