"""Azure, or what stands before it, answers what Azure would not."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response

from finops_common.clock import utc_now
from finops_ingestion.connections.adapters.azure import AppSession, AzureEndpoints
from finops_ingestion.connections.adapters.rest import Rest
from finops_ingestion.connections.credentials import AzureApp
from finops_ingestion.connections.domain import CloudSilentError
from finops_sandbox.loopback import serve

TOKEN = {"access_token": "one", "expires_in": 3600}
HTML = "<html>we are mending something</html>"


@pytest.mark.req("COM-2", part="Azure: half a list is none")
@pytest.mark.parametrize(
    ("token", "document"),
    [
        (HTML, {"value": []}),
        ({}, {"value": []}),
        (TOKEN, HTML),
        (TOKEN, []),
        (TOKEN, {"value": [{}], "nextLink": "https://elsewhere.example/list?skip=1"}),
    ],
)
async def test_an_answer_that_is_none_says_nothing_of_the_customer(
    token: Any,  # noqa: ANN401 - JSON or a page
    document: Any,  # noqa: ANN401 - the same
) -> None:
    app = FastAPI()
    app.post("/login/{tenant}/oauth2/v2.0/token")(_says(token))
    app.get("/list")(_says(document))

    async with serve(app) as url, httpx.AsyncClient(trust_env=False) as http:
        endpoints = AzureEndpoints(f"{url}/login", url, url)
        session = AppSession(Rest(http), endpoints, AzureApp("t", "c", "s"), utc_now)

        with pytest.raises(CloudSilentError):
            await session.list("/list")


def _says(content: Any) -> Callable[[], Response]:  # noqa: ANN401 - JSON or a page
    is_page = isinstance(content, str)
    return lambda: HTMLResponse(content) if is_page else JSONResponse(content)
