"""How a route takes an `Idempotency-Key`: `await once(caller, lambda new_id: …)`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request

from finops_common.auth.caller import Caller
from finops_common.essentials import Essentials
from finops_common.idempotency import RequestIdentity

T = TypeVar("T")


class OnceRunner:
    """Runs this request's effect once, however often the request comes."""

    def __init__(self, request: Request, key: str | None) -> None:
        self._request = request
        self._key = key

    async def __call__(self, caller: Caller, effect: Callable[[UUID], Awaitable[T]]) -> T:
        """The effect's answer; see `Idempotency.once` for what it must bear and what it raises."""
        essentials: Essentials = self._request.app.state.essentials
        identity = None
        if self._key is not None:
            route = f"{self._request.method} {self._request.url.path}"
            body = await self._request.body()
            identity = RequestIdentity(str(caller.user_id), route, self._key, body)
        return await essentials.idempotency.once(identity, effect)


async def once_runner(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=8, max_length=200, description="one per intent; a repeat carries the same"
        ),
    ] = None,
) -> OnceRunner:
    """The dependency behind `Once`."""
    return OnceRunner(request, idempotency_key)


Once = Annotated[OnceRunner, Depends(once_runner)]
