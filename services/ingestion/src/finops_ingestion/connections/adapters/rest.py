"""JSON over HTTPS as Azure and Google speak it: one call, and what a refusal means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from finops_ingestion.connections.domain import CloudSilentError

PATIENCE = httpx.Timeout(30.0, connect=5.0)
_REFUSALS = range(400, 500)
_SLOW_DOWN = 429


class RefusedError(Exception):
    """The cloud answered and said no; its words stay here, since they may quote what we sent."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{answer.request.url.host} answered {answer.status_code}")
        self.status = answer.status_code
        self.headers = answer.headers
        self.document = _document(answer)


class Rest:
    """Calls with a bearer token, or with none."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def ask(
        self,
        method: str,
        url: str,
        token: str | None = None,
        **given: Any,  # noqa: ANN401 - what httpx takes
    ) -> httpx.Response:
        """The answer of a call that succeeded.

        Raises:
            RefusedError: a refusal that says something about the customer.
            CloudSilentError: no answer, a fault of theirs, or a wish that we slow down.
        """
        try:
            answer = await self._http.request(
                method, url, headers=_headers(token, given), timeout=PATIENCE, **given
            )
        except httpx.TransportError as error:
            raise CloudSilentError(type(error).__name__) from error
        _check(answer)
        return answer

    @asynccontextmanager
    async def stream(
        self,
        url: str,
        token: str,
        **given: Any,  # noqa: ANN401 - what httpx takes
    ) -> AsyncIterator[httpx.Response]:
        """An answer whose body is read piece by piece. Raises as `ask`."""
        try:
            async with self._http.stream(
                "GET", url, headers=_headers(token, given), timeout=PATIENCE, **given
            ) as answer:
                if not answer.is_success:
                    await answer.aread()
                _check(answer)
                yield answer
        except httpx.TransportError as error:
            raise CloudSilentError(type(error).__name__) from error


def _headers(token: str | None, given: dict[str, Any]) -> dict[str, str]:
    own: dict[str, str] = given.pop("headers", {})
    return own if token is None else own | {"Authorization": f"Bearer {token}"}


def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    if answer.status_code in _REFUSALS and answer.status_code != _SLOW_DOWN:
        raise RefusedError(answer)
    raise CloudSilentError(str(answer.status_code))


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
