"""How failures become `application/problem+json`, in answers and in OpenAPI."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from finops_common.db.faults import DRIVER_FAULTS, is_passing
from finops_common.errors.problem import (
    FieldError,
    Forbidden,
    InternalFault,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnreadableBody,
    UnsupportedMediaType,
)
from finops_common.i18n import preferred_language

MEDIA_TYPE = "application/problem+json"
ALWAYS: tuple[type[Problem], ...] = (
    UnreadableBody,
    Unauthenticated,
    Forbidden,
    NotFound,
    TooLarge,
    UnsupportedMediaType,
    InvalidInput,
    TooManyRequests,
    Unavailable,
)
"""What any operation may answer; PLAT-2."""

LONGEST_PATH = 200

log = structlog.get_logger(__name__)


class FieldErrorDocument(BaseModel):
    field: str = Field(description="where, as a dotted path: body.email")
    code: str
    message: str


class ProblemDocument(BaseModel, extra="allow"):
    """An expected failure, RFC 9457. Facts of the problem follow as further members."""

    type: str
    code: str = Field(description="stable name of the problem")
    status: int
    title: str
    detail: str = Field(description="what to do")
    request_id: str
    errors: list[FieldErrorDocument] = []


def problems(*classes: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: these problems besides those any operation may answer."""
    by_status: dict[int | str, list[str]] = {}
    for problem in (*ALWAYS, *classes):
        codes = by_status.setdefault(problem.status, [])
        if problem.code not in codes:
            codes.append(problem.code)
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {
        status: {"description": ", ".join(codes), "content": {MEDIA_TYPE: {"schema": schema}}}
        for status, codes in by_status.items()
    }


def install(app: FastAPI) -> None:
    """Make every expected failure of `app` a problem document; `RequestContext` the others."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    for lost in DRIVER_FAULTS:
        app.add_exception_handler(lost, _on_database)


def respond(request: Request, problem: Problem) -> JSONResponse:
    """The problem as the answer to `request`, in its language."""
    language = preferred_language(request.headers.get("accept-language"))
    headers: dict[str, str] = {"Content-Language": language}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    if problem.status == Unauthenticated.status:
        headers["WWW-Authenticate"] = "Bearer"
    request_id = request.scope.get("state", {}).get("request_id", "")
    return JSONResponse(
        problem.document(language, request_id), problem.status, headers, media_type=MEDIA_TYPE
    )


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - narrows for the type checker
    return respond(request, error)


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - narrows for the type checker
    found = error.errors()
    if any(e["type"] == "json_invalid" for e in found):
        return respond(request, UnreadableBody())
    if any(e["loc"] == ("body",) for e in found) and not _is_json(request):
        return respond(request, UnsupportedMediaType(expected="application/json"))
    return respond(request, InvalidInput(errors=tuple(map(_field_error, found))))


def _field_error(error: dict[str, Any]) -> FieldError:
    # Pydantic's message can quote a pattern or a limit, never the input: `input` and
    # `ctx` are left behind because they do.
    path = ".".join(str(part) for part in error["loc"])[:LONGEST_PATH]
    # The name of an unknown field is the sender's: it may hold what UTF-8 cannot.
    path = path.encode("utf-8", "replace").decode()
    kind = str(error["type"])
    # Of all messages only this one quotes what was sent.
    message = "Input has an unknown tag" if kind == "union_tag_invalid" else str(error["msg"])
    return FieldError(path, kind, message)


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows for the type checker
    known: dict[int, Problem] = {
        400: UnreadableBody(),
        401: Unauthenticated(),
        404: NotFound(),
        405: MethodNotAllowed(),
        413: TooLarge(limit="1048576"),
        415: UnsupportedMediaType(expected="application/json"),
    }
    answer = respond(request, known.get(error.status_code, InternalFault()))
    answer.headers.update(error.headers or {})
    return answer


async def _on_database(request: Request, error: Exception) -> JSONResponse:
    """A lost, refused or exhausted connection is 503; anything else of the driver is a fault."""
    if not is_passing(error):
        return fault(request, error)
    log.warning("dependency_down", error=type(error).__name__)
    return respond(request, Unavailable())


def fault(request: Request, error: Exception) -> JSONResponse:
    """The answer to what nobody expected; says nothing of its cause, the log says where."""
    log.error("unexpected_failure", error=type(error).__name__, exc_info=error)
    return respond(request, InternalFault())
