"""The FastAPI application of a service: one shape for all seven."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Protocol

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.types import Lifespan

from finops_common.asgi import RequestContext
from finops_common.auth.dependencies import calling_service
from finops_common.errors.http import ProblemDocument, install, problems
from finops_common.essentials import Essentials
from finops_common.health import health_routes

# FastAPI's own spans and logs hold paths, queries and the texts of exceptions, and with them
# ids, tokens and names (PRIV-7); `RequestContext` makes the span of a request.
_SILENT = TelemetryConfig(tracing=False, metrics=False, logs=False)


class Wiring(Protocol):
    """What a service's `wiring.py` builds; its routers take their use cases from it."""

    @property
    def essentials(self) -> Essentials: ...


def build_app(
    service: str,
    summary: str,
    wire: Callable[[], AbstractAsyncContextManager[Wiring]],
    routers: Sequence[APIRouter],
    internal: Sequence[APIRouter] = (),
    *,
    trusted_hops: int = 1,
) -> FastAPI:
    """The service's API under `/<service>/v1`, its internal one under `/internal`, health beside.

    `app.state.wiring` holds what `wire` built while the app runs.
    """
    app = FastAPI(
        title=f"finops {service}",
        summary=summary,
        version="1",
        openapi_url=f"/{service}/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(wire),
        telemetry=_SILENT,
        generate_unique_id_function=_operation_id,
        servers=[{"url": "/"}],
    )
    install(app)
    for router in routers:
        app.include_router(router, prefix=f"/{service}/v1")
    app.state.internal = _internal_app(service, internal)
    app.mount("/internal", app.state.internal)
    app.router.routes.extend(health_routes(lambda: _essentials(app).checks()))
    app.add_middleware(RequestContext, trusted_hops=trusted_hops)
    _complete_openapi(app)
    return app


def wired(name: str) -> Callable[[Request], Any]:
    """A dependency that takes `name` from the service's wiring: `Depends(wired("accounts"))`."""

    async def dependency(request: Request) -> Any:  # noqa: ANN401 - the route's annotation says which
        return getattr(request.app.state.wiring, name)

    return dependency


def _internal_app(service: str, routers: Sequence[APIRouter]) -> FastAPI:
    """Routes only other services may call; a document of its own, outside the merged one."""
    app = FastAPI(
        title=f"finops {service}, internal",
        version="1",
        telemetry=_SILENT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        servers=[{"url": "/internal"}],
    )
    install(app)
    for router in routers:
        app.include_router(router, dependencies=[Depends(calling_service)], responses=problems())
    _complete_openapi(app)
    return app


def _essentials(app: FastAPI) -> Essentials:
    essentials: Essentials = app.state.essentials
    return essentials


def _operation_id(route: APIRoute) -> str:
    return route.name


def _lifespan(wire: Callable[[], AbstractAsyncContextManager[Wiring]]) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with wire() as wiring:
            for each in (app, app.state.internal):
                each.state.wiring = wiring
                each.state.essentials = wiring.essentials
            feed = asyncio.create_task(wiring.essentials.feed.run())
            try:
                yield
            finally:
                feed.cancel()
                with suppress(asyncio.CancelledError):
                    await feed

    return lifespan


def _complete_openapi(app: FastAPI) -> None:
    """Add the problem's schema, which routes only refer to by name."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "ProblemDocument" not in schemas:
            made = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(made.pop("$defs", {}))
            schemas["ProblemDocument"] = made
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend it
