"""How a route names its permission in its signature, and gets its caller."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from finops_common.acting import Origin
from finops_common.auth.access import Access
from finops_common.auth.caller import Caller
from finops_common.auth.permissions import Mine
from finops_common.auth.tokens import ServiceTokens
from finops_common.errors.http import problems
from finops_common.errors.problem import NotFound, Unauthenticated

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    bearerFormat="JWT",
    description="access token of a log-in",
)
_service_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="service",
    bearerFormat="JWT",
    description="60 s token of a service",
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def current_caller(scopes: SecurityScopes, request: Request, bearer: Bearer) -> Caller:
    """The caller, if they hold the permission that the route names; else the problem."""
    if bearer is None:
        raise Unauthenticated
    access: Access = request.app.state.essentials.access
    (permission,) = scopes.scopes
    return await access.caller(
        bearer.credentials,
        permission,
        await origin_of(request),
        company_id=_path_id(request, "company_id"),
        organization_id=_path_id(request, "organization_id"),
    )


async def calling_service(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_service_bearer)],
) -> str:
    """The name of the service that calls an internal route."""
    if bearer is None:
        raise Unauthenticated
    tokens: ServiceTokens = request.app.state.essentials.tokens
    return tokens.caller(bearer.credentials)


async def origin_of(request: Request) -> Origin:
    """Where the request came from; for the few routes that have no caller yet."""
    origin: Origin = request.state.origin
    return origin


OriginOf = Annotated[Origin, Depends(origin_of)]
MayReadProfile = Annotated[Caller, Security(current_caller, scopes=[Mine.PROFILE])]
MayReadMyself = Annotated[Caller, Security(current_caller, scopes=[Mine.VIEW])]
MayChangeMyself = Annotated[Caller, Security(current_caller, scopes=[Mine.EDIT])]


async def _company_path(company_id: UUID) -> None:
    """Documents the path's tenant; `current_caller` decides about it."""


async def _organization_path(organization_id: UUID) -> None:
    """Documents the path's tenant; `current_caller` decides about it."""


def company_router(noun: str, tag: str) -> APIRouter:
    """Routes under `/companies/{company_id}/<noun>`; the path selects, access decides."""
    prefix = "/companies/{company_id}" + noun
    return APIRouter(
        prefix=prefix, tags=[tag], dependencies=[Depends(_company_path)], responses=problems()
    )


def organization_router(noun: str, tag: str) -> APIRouter:
    """Routes under `/organizations/{organization_id}/<noun>`."""
    prefix = "/organizations/{organization_id}" + noun
    return APIRouter(
        prefix=prefix, tags=[tag], dependencies=[Depends(_organization_path)], responses=problems()
    )


def _path_id(request: Request, name: str) -> UUID | None:
    value = request.path_params.get(name)
    if value is None:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise NotFound from None
