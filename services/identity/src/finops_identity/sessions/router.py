"""HTTP of sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Cookie, Response

from finops_common.auth.dependencies import MayChangeMyself, MayReadMyself, MayReadProfile, OriginOf
from finops_common.errors.http import problems
from finops_common.errors.problem import Unauthenticated
from finops_identity.dependencies import IdentitySettings, LogIns, Sessions
from finops_identity.problems import WrongCredentials
from finops_identity.sessions import schemas
from finops_identity.sessions.domain import LIFE, Session, Tokens

router = APIRouter(tags=["sessions"], responses=problems())

COOKIE = "finops_refresh"


@router.post("/sessions", status_code=201, summary="Log in", responses=problems(WrongCredentials))
async def log_in(
    body: schemas.LogIn,
    log_ins: LogIns,
    origin: OriginOf,
    response: Response,
    settings: IdentitySettings,
) -> schemas.TokenPair:
    """Open a session with e-mail and password."""
    tokens = await log_ins.log_in(
        origin, body.email, body.password.get_secret_value(), body.device_token
    )
    return _pair(tokens, response, cookie=body.cookie, secure=settings.secure_cookies)


@router.post("/sessions/refresh", summary="Get new tokens")
async def refresh_session(
    body: schemas.Refresh,
    sessions: Sessions,
    origin: OriginOf,
    response: Response,
    settings: IdentitySettings,
    finops_refresh: Annotated[str | None, Cookie(max_length=100)] = None,
) -> schemas.TokenPair:
    """Each refresh token works once; a second use ends its session."""
    given = body.refresh_token or finops_refresh
    if given is None:
        raise Unauthenticated
    tokens = await sessions.refresh(origin, given)
    return _pair(
        tokens, response, cookie=body.refresh_token is None, secure=settings.secure_cookies
    )


@router.post(
    "/me/confirmations", summary="Confirm my password", responses=problems(WrongCredentials)
)
async def confirm_password(
    body: schemas.Confirmation, caller: MayReadMyself, sessions: Sessions
) -> schemas.Confirmed:
    """Step-up: actions on money ask for a confirmation younger than ten minutes."""
    access = await sessions.confirm(caller, body.password.get_secret_value())
    return schemas.Confirmed(access_token=access.text, expires_in=access.expires_in)


@router.delete("/sessions/current", status_code=204, summary="Log out")
async def log_out(caller: MayReadProfile, sessions: Sessions, response: Response) -> None:
    """End this session everywhere."""
    await sessions.log_out(caller)
    response.delete_cookie(COOKIE, path="/identity/v1/sessions")


@router.get("/me/sessions", summary="My sessions")
async def list_sessions(caller: MayReadMyself, sessions: Sessions) -> schemas.Sessions:
    """Open sessions, last seen first."""
    return schemas.Sessions(
        items=[_view(each, caller.session_id) for each in await sessions.list_open(caller)]
    )


@router.delete("/me/sessions/{session_id}", status_code=204, summary="End one of my sessions")
async def end_session(session_id: UUID, caller: MayChangeMyself, sessions: Sessions) -> None:
    """It is refused by every service within a second."""
    await sessions.end(caller, session_id)


@router.delete("/me/sessions", summary="End all my other sessions")
async def end_other_sessions(caller: MayChangeMyself, sessions: Sessions) -> schemas.EndedCount:
    """All but the one that asks."""
    return schemas.EndedCount(ended=await sessions.end_others(caller))


def _pair(tokens: Tokens, response: Response, *, cookie: bool, secure: bool) -> schemas.TokenPair:
    if cookie:
        response.set_cookie(
            COOKIE,
            tokens.refresh_token,
            max_age=int(LIFE.total_seconds()),
            path="/identity/v1/sessions",
            secure=secure,
            httponly=True,
            samesite="strict",
        )
    return schemas.TokenPair(
        access_token=tokens.access.text,
        expires_in=tokens.access.expires_in,
        refresh_token=None if cookie else tokens.refresh_token,
        session_id=tokens.session_id,
        device_token=tokens.device_token,
    )


def _view(session: Session, current: UUID) -> schemas.SessionView:
    return schemas.SessionView(
        id=session.id,
        browser=session.browser,
        operating_system=session.operating_system,
        device=session.device,
        ip=session.ip,
        first_seen_at=session.created_at,
        last_seen_at=session.last_seen_at,
        expires_at=session.expires_at,
        current=session.id == current,
    )
