"""Calls to other services: signed, traced, bounded in time; no answer is `Unavailable`."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import structlog
from joserfc.jwk import KeySet

from finops_common.auth.tokens import ServiceTokens
from finops_common.contracts.access import (
    Answers,
    EffectiveAccess,
    Question,
    Questions,
    SessionState,
)
from finops_common.errors.problem import Unavailable
from finops_common.telemetry import current_traceparent

TIMEOUT = httpx.Timeout(2.0, connect=0.5)
PATIENT = httpx.Timeout(30.0, connect=0.5)
"""For answers that are computed or large, asked outside of any transaction."""
TRIES = 2


def http_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """The one pool of a process; never follows redirects, never reads proxies from the environment."""
    # Well below uvicorn's 5 s: a request on a kept connection never races the server's closing it.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2)
    return httpx.AsyncClient(timeout=TIMEOUT, limits=limits, transport=transport, trust_env=False)


class ServiceClient:
    """Calls one service's internal routes as this service."""

    def __init__(
        self, http: httpx.AsyncClient, base_url: str, callee: str, tokens: ServiceTokens
    ) -> None:
        self._http = http
        self._base = base_url.rstrip("/")
        self._callee = callee
        self._tokens = tokens

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,  # noqa: ANN401 - JSON
        timeout: httpx.Timeout = TIMEOUT,  # noqa: ASYNC109 - of each attempt, as httpx means it
    ) -> Any:  # noqa: ANN401 - JSON
        """The JSON answer of a call that may be repeated: it changes nothing, or carries its own key.

        Raises:
            Unavailable: no answer, or one that is no success or no JSON.
        """
        return _json_of(await self._answer(method, path, json, timeout))

    async def fetch(self, path: str) -> bytes:
        """The body behind a GET, however long.

        Raises:
            Unavailable: no answer, or one that is no success.
        """
        return (await self._answer("GET", path, None, PATIENT)).content

    async def _answer(
        self,
        method: str,
        path: str,
        json: Any,  # noqa: ANN401 - JSON
        timeout: httpx.Timeout,  # noqa: ASYNC109 - of each attempt, as httpx means it
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._tokens.sign(self._callee)}"}
        traceparent = current_traceparent()
        if traceparent:
            headers["traceparent"] = traceparent
        for attempt in range(1, TRIES + 1):
            try:
                answer = await self._http.request(
                    method, self._base + path, json=json, headers=headers, timeout=timeout
                )
            except httpx.TransportError as error:
                structlog.get_logger().warning(
                    "service_call_failed", callee=self._callee, error=type(error).__name__
                )
                if attempt == TRIES:
                    raise Unavailable from None
                continue
            if answer.is_success:
                return answer
            structlog.get_logger().warning(
                "service_call_refused", callee=self._callee, status=answer.status_code
            )
            raise Unavailable
        raise Unavailable


def _json_of(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    try:
        return answer.json()
    except ValueError:
        raise Unavailable from None


class RemoteDecisions:
    """org-rbac over its internal route; satisfies `access.Decisions`."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def effective(self, question: Question) -> EffectiveAccess:
        """Ask for the whole effective access."""
        body = Questions(questions=[question]).model_dump(mode="json")
        answer = await self._client.ask("POST", "/internal/decisions", json=body)
        return Answers.model_validate(answer).answers[0]


class RemoteSessions:
    """identity over its internal route; satisfies `access.Sessions`."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def active(self, session_id: UUID) -> bool:
        """Whether the session may still be used."""
        answer = await self._client.ask("GET", f"/internal/sessions/{session_id}")
        return SessionState.model_validate(answer).active


def fetch_keys(http: httpx.AsyncClient, identity_url: str) -> Callable[[], Any]:
    """How `PublicKeys` gets identity's JWK set."""

    async def fetch() -> KeySet:
        try:
            answer = await http.get(f"{identity_url.rstrip('/')}/identity/v1/.well-known/jwks.json")
            return KeySet.import_key_set(answer.raise_for_status().json())
        except (httpx.HTTPError, ValueError):
            raise Unavailable from None

    return fetch
