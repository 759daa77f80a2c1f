"""HTTP of a person's own notices."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Security
from fastapi.responses import JSONResponse

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import (
    MayChangeMyself,
    MayReadMyself,
    company_router,
    current_caller,
)
from finops_common.contracts.notices import Category
from finops_common.errors.http import problems
from finops_common.i18n import Language
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_org_rbac.dependencies import Notices
from finops_org_rbac.notices import schemas
from finops_org_rbac.notices.domain import Item, Preference
from finops_org_rbac.notices.mailing import Failure
from finops_org_rbac.notices.wording import category_name, words
from finops_org_rbac.problems import NoticeNeeded

router = APIRouter(prefix="/me", tags=["notices"], responses=problems())
company = company_router("/notice-failures", "notices")
Paging = Annotated[PageRequest, Depends(page_request)]
MaySeeFailures = Annotated[Caller, Security(current_caller, scopes=["settings:edit"])]


@router.get("/notices", summary="My inbox", response_model=Listing[schemas.NoticeView])
async def list_my_notices(
    caller: MayReadMyself,
    notices: Notices,
    paging: Paging,
    state: Annotated[schemas.State, Query()] = "all",
    category: Annotated[Category | None, Query()] = None,
) -> Listing[schemas.NoticeView] | JSONResponse:
    """Newest first, in my language, from the organizations I reach now. Sort by raised_at."""
    inbox = await notices.page(caller, paging, state, category)
    return listing(inbox.page, paging, schemas.NoticeView, lambda each: _view(each, inbox.language))


@router.get("/notices/unread", summary="How much I have not read")
async def count_my_unread_notices(caller: MayReadMyself, notices: Notices) -> schemas.Unread:
    """For the number beside a bell."""
    found = await notices.unread(caller)
    return schemas.Unread.model_validate({"count": sum(found.values()), "by_category": found})


@router.put("/notices/reading", status_code=204, summary="Mark my notices as read up to one")
async def read_my_notices(
    body: schemas.ReadingUntil, caller: MayChangeMyself, notices: Notices
) -> None:
    """That one and all before it; what came since stays unread."""
    await notices.read_until(caller, body.notice_id)


@router.put("/notices/{notice_id}/reading", status_code=204, summary="Mark a notice")
async def read_my_notice(
    notice_id: UUID, body: schemas.Reading, caller: MayChangeMyself, notices: Notices
) -> None:
    """As read or unread, for me alone."""
    await notices.set_read(caller, notice_id, read=body.read)


@router.put("/notices/{notice_id}/acknowledgement", status_code=204, summary="Take note")
async def acknowledge_notice(notice_id: UUID, caller: MayChangeMyself, notices: Notices) -> None:
    """For the organization: everybody who got it sees who took note, and the first one stays."""
    await notices.acknowledge(caller, notice_id)


@router.put("/notices/{notice_id}/mute", status_code=204, summary="Mute a notice")
async def mute_notice(
    notice_id: UUID, caller: MayChangeMyself, notices: Notices, body: schemas.Mute | None = None
) -> None:
    """I hear no more of this kind about this, or not before then; an Owner still of security and money."""
    await notices.mute(caller, notice_id, body.until if body else None)


@router.delete("/notices/{notice_id}/mute", status_code=204, summary="Unmute a notice")
async def unmute_notice(notice_id: UUID, caller: MayChangeMyself, notices: Notices) -> None:
    """I hear of it again from the next on."""
    await notices.unmute(caller, notice_id)


@router.get("/notice-preferences", summary="How I am told")
async def get_my_notice_preferences(caller: MayReadMyself, notices: Notices) -> schemas.Preferences:
    """Per category: in the inbox or not, by mail at once, once a day, or not."""
    found, language = await notices.preferences(caller)
    return schemas.Preferences(
        items=[
            schemas.PreferenceView(
                category=category,
                name=category_name(category, language),
                inbox=chosen.inbox,
                mails=chosen.mails,
            )
            for category, chosen in found.items()
        ]
    )


@router.put(
    "/notice-preferences/{category}",
    status_code=204,
    summary="Be told another way",
    responses=problems(NoticeNeeded),
)
async def set_my_notice_preference(
    category: Category, body: schemas.PreferenceChange, caller: MayChangeMyself, notices: Notices
) -> None:
    """Holds for what is raised from now on."""
    await notices.choose(caller, category, Preference(inbox=body.inbox, mails=body.mails))


@company.get("", summary="Mails that did not arrive", response_model=Listing[schemas.MailFailure])
async def list_notice_failures(
    caller: MaySeeFailures, notices: Notices, paging: Paging
) -> Listing[schemas.MailFailure] | JSONResponse:
    """Bounces, and mails that are still tried again. Newest first. Sort by changed_at."""
    page = await notices.failures(caller, paging)
    return listing(page, paging, schemas.MailFailure, _failure)


def _failure(failure: Failure) -> schemas.MailFailure:
    return schemas.MailFailure.model_validate(failure, from_attributes=True)


def _view(item: Item, language: Language) -> schemas.NoticeView:
    said = words(item.category, item.kind, item.facts, language)
    return schemas.NoticeView(
        id=item.id,
        organization_id=item.organization_id,
        company_id=item.company_id,
        category=item.category,
        kind=item.kind,
        about=item.about,
        severity=item.severity,
        title=said.title,
        body=said.body,
        facts=item.facts,
        link=item.link,
        raised_at=item.raised_at,
        read_at=item.read_at,
        acknowledged_by=item.acknowledged_by,
        acknowledged_at=item.acknowledged_at,
        muted=item.muted,
        muted_until=item.muted_until,
    )
