"""Liveness, readiness and metrics, on paths no gateway routes."""

from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Check = Callable[[], Awaitable[bool]]


def health_routes(checks: Callable[[], Mapping[str, Check]]) -> list[Route]:
    """`/health/live` while the loop turns, `/health/ready` while every check holds, `/metrics`."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_: Request) -> Response:
        found = {name: await _holds(check) for name, check in checks().items()}
        fine = all(found.values())
        return JSONResponse({"ready": fine, "checks": found}, 200 if fine else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]


async def _holds(check: Check) -> bool:
    try:
        return await check()
    except Exception:  # noqa: BLE001 - any failure of a check means not ready
        return False
