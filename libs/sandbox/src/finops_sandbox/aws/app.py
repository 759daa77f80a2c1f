"""Puts the simulator together: AWS at every path, the sandbox's routes below /_sandbox."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request, Response
from starlette.types import Receive, Scope, Send

from finops_sandbox.aws import admin
from finops_sandbox.aws.faults import SpoiledAnswer
from finops_sandbox.aws.front import handle
from finops_sandbox.aws.identities import Caller, Clock, Identities, system_clock
from finops_sandbox.aws.protocol import HttpRequest
from finops_sandbox.aws.state import State
from finops_sandbox.world import World

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"]


def create_app(
    worlds: Sequence[World],
    moto_url: str,
    callers: Sequence[Caller] = (),
    clock: Clock = system_clock,
) -> FastAPI:
    """The simulated AWS of these worlds; objects live in moto at `moto_url`.

    `callers` are the platform's own long-lived keys, which may assume roles and nothing
    else. `clock` decides when sessions expire.
    """
    known = {caller.access_key: caller for caller in callers}
    state = State(worlds, Identities(known, clock))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=moto_url, timeout=60, trust_env=False) as moto:
            app.state.moto = moto
            yield

    app = FastAPI(
        title="Simulated AWS", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.state.simulator = state
    app.include_router(admin.router)
    app.add_api_route("/{path:path}", _aws, methods=METHODS, include_in_schema=False)
    return app


async def _aws(request: Request) -> Response:
    raw_path = request.scope["raw_path"].decode().partition("?")[0]
    asked = HttpRequest(
        method=request.method,
        path=raw_path,
        query=request.scope["query_string"].decode(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.body(),
    )
    answer = await handle(request.app.state.simulator, asked, request.app.state.moto)
    if isinstance(answer, SpoiledAnswer):
        return _Spoiled(answer)
    headers = {name: value for name, value in answer.headers.items() if name != "content-type"}
    return Response(answer.body, answer.status, headers, answer.content_type)


class _Spoiled(Response):
    """Sends what comes of the body; a connection is closed before the end it has promised."""

    def __init__(self, spoiled: SpoiledAnswer) -> None:
        answer = spoiled.answer
        headers = {name: value for name, value in answer.headers.items() if name != "content-type"}
        super().__init__(answer.body, answer.status, headers, answer.content_type)
        self._spoiled = spoiled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        sent = 0
        async for piece in self._spoiled.pieces():
            sent += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if sent == len(self.body):
            await send({"type": "http.response.body"})
