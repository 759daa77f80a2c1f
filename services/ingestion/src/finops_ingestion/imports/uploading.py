"""Lets uploads stream past the size limit that all other requests keep."""

from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

STREAM = "finops.upload"


class UploadStream:
    """Keeps, for PUT under `…/uploads/`, the body as the server gives it beside the limited one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        upload = scope["type"] == "http" and scope["method"] == "PUT"
        if upload and "/uploads/" in scope["path"]:
            scope[STREAM] = receive
        await self._app(scope, receive, send)


async def upload_chunks(request: Request) -> AsyncIterator[bytes]:
    """The body of an upload, as it comes.

    Raises:
        ClientDisconnect: it was broken off.
    """
    receive: Receive = request.scope[STREAM]
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body"):
            return
