"""The one middleware: ids, client address, size limit, log line, metrics and trace of a request.

Pure ASGI: Starlette's BaseHTTPMiddleware was measured at a fifth of the throughput.
"""

import re
import time

import structlog
from prometheus_client import Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from finops_common.acting import Origin
from finops_common.errors.http import fault
from finops_common.ids import new_id
from finops_common.telemetry import continued_trace, tell_request

MAX_BODY = 1024 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,80}")

log = structlog.get_logger("request")
_seconds = Histogram("finops_http_seconds", "Time to answer", ["method", "route", "status"])


class RequestContext:
    """Puts an `Origin` into the request's state and everything it knows into log and trace."""

    def __init__(self, app: ASGIApp, trusted_hops: int, max_body: int = MAX_BODY) -> None:
        self._app = app
        self._hops = trusted_hops
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else str(new_id())
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            continued_trace(scope["method"], headers.get("traceparent")) as traceparent,
        ):
            origin = Origin(
                request_id=request_id,
                traceparent=traceparent or None,
                client_ip=self._client_ip(scope, headers),
                user_agent=headers.get("user-agent", "")[:400] or None,
            )
            scope.setdefault("state", {}).update(origin=origin, request_id=request_id)
            await self._answer(scope, self._limited(headers, receive), send, request_id)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started, status, answering = time.perf_counter(), 500, False

        async def send_marked(message: Message) -> None:
            nonlocal status, answering
            if message["type"] == "http.response.start":
                status, answering = message["status"], True
                marked = MutableHeaders(scope=message)
                marked["X-Request-Id"] = request_id
                marked["X-Content-Type-Options"] = "nosniff"
                marked.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, send_marked)
        except Exception as error:
            if answering:
                raise
            # Here and not in Starlette's outermost handler, which raises it again for the
            # server to log with all its values, and whose answer lacks our headers.
            await fault(Request(scope), error)(scope, receive, send_marked)
        finally:
            seconds = time.perf_counter() - started
            # The route's template, never the path itself: paths hold ids and tokens.
            route = getattr(scope.get("route"), "path", "none")
            tell_request(scope["method"], route, status)
            _seconds.labels(scope["method"], route, str(status)).observe(seconds)
            log.info(
                "answered",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
            )

    def _limited(self, headers: Headers, receive: Receive) -> Receive:
        taken = 0
        announced = headers.get("content-length", "0")

        async def receive_limited() -> Message:
            nonlocal taken
            if announced.isdigit() and int(announced) > self._max_body:
                raise HTTPException(413)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._max_body:
                raise HTTPException(413)
            return message

        return receive_limited

    def _client_ip(self, scope: Scope, headers: Headers) -> str | None:
        # Only what our own proxies appended is believed: a client can send the rest itself.
        chain = [
            part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()
        ]
        if self._hops and len(chain) >= self._hops:
            return chain[-self._hops][:64]
        client = scope.get("client")
        return client[0] if client else None
