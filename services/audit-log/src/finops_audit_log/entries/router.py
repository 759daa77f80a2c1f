"""HTTP of entries."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from finops_audit_log.access import MayViewSecurity
from finops_audit_log.dependencies import Entries
from finops_audit_log.entries.domain import Filter
from finops_audit_log.entries.schemas import EntryView, view, wanted
from finops_common.auth.dependencies import MayReadMyself, company_router, organization_router
from finops_common.errors.http import problems
from finops_common.pagination import Listing, PageRequest, listing, page_request

mine = APIRouter(prefix="/me", tags=["activity"], responses=problems())
organizations = organization_router("", "entries")
companies = company_router("", "entries")

Wanted = Annotated[Filter, Depends(wanted)]
Paging = Annotated[PageRequest, Depends(page_request)]


@mine.get("/activity", summary="My activity", response_model=Listing[EntryView])
async def list_my_activity(
    caller: MayReadMyself, entries: Entries, filter_: Wanted, page: Paging
) -> Listing[EntryView] | JSONResponse:
    """My log-ins, log-outs and changes of my account, newest first."""
    return listing(await entries.my_activity(caller, filter_, page), page, EntryView, view)


@organizations.get(
    "/entries", summary="History of an organization", response_model=Listing[EntryView]
)
async def list_organization_entries(
    caller: MayViewSecurity, entries: Entries, filter_: Wanted, page: Paging
) -> Listing[EntryView] | JSONResponse:
    """What was changed in the organization, newest first."""
    return listing(await entries.organization_history(caller, filter_, page), page, EntryView, view)


@organizations.get(
    "/member-activity", summary="Activity of members", response_model=Listing[EntryView]
)
async def list_member_activity(
    caller: MayViewSecurity, entries: Entries, filter_: Wanted, page: Paging
) -> Listing[EntryView] | JSONResponse:
    """Log-ins, refused log-ins and log-outs of the organization's present members, newest first."""
    return listing(await entries.member_activity(caller, filter_, page), page, EntryView, view)


@companies.get("/entries", summary="History of a company", response_model=Listing[EntryView])
async def list_company_entries(
    caller: MayViewSecurity, entries: Entries, filter_: Wanted, page: Paging
) -> Listing[EntryView] | JSONResponse:
    """What was changed in the company and all its organizations, newest first."""
    return listing(await entries.company_history(caller, filter_, page), page, EntryView, view)
