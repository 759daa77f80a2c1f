"""A look at Azure where its names cannot be found, without the service around it."""

import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from tests.ingestion.clouds import azure_customer
from tests.ingestion.connections.test_domain import ACCOUNT

from finops_common.clock import utc_now
from finops_ingestion.connections.adapters.azure import AppSession, AzureEndpoints
from finops_ingestion.connections.adapters.azure_look import look_at_azure
from finops_ingestion.connections.adapters.rest import Rest
from finops_ingestion.connections.credentials import AzureApp, AzurePlace
from finops_ingestion.connections.domain import CloudSilentError
from finops_sandbox.azure import ServedAzure, State, serve_azure
from finops_sandbox.visitor import Visitor


class Resolver(httpx.AsyncHTTPTransport):
    """The network, in which names below blob.test are not resolved, for this reason."""

    def __init__(self, reason: int) -> None:
        super().__init__()
        self._reason = reason

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host.endswith(".blob.test"):
            raise httpx.ConnectError("no address") from socket.gaierror(self._reason, "no")
        return await super().handle_async_request(request)


@pytest.fixture
async def azure() -> AsyncIterator[ServedAzure]:
    async with serve_azure(State()) as served:
        yield served


@pytest.mark.req("ING-4", part="Azure: storage account not found")
async def test_a_storage_account_that_nobody_has_is_told_from_a_network_that_is_down(
    azure: ServedAzure,
) -> None:
    async with httpx.AsyncClient() as nobody:
        customer = azure_customer(Visitor(str, nobody, ""), "none", azure)
    account = replace(
        ACCOUNT, provider="Microsoft", account_id=customer.billing.id, capabilities=("bills",)
    )
    app = AzureApp(customer.app.tenant_id, customer.app.client_id, customer.secret)
    place = AzurePlace("mistyped", "exports", "costs/daily")
    endpoints = AzureEndpoints(f"{azure.url}/login", azure.url, "http://{account}.blob.test")

    async def look(reason: int) -> str | None:
        async with httpx.AsyncClient(transport=Resolver(reason)) as http:
            session = AppSession(Rest(http), endpoints, app, utc_now)
            return (await look_at_azure(session, account, place)).cause

    assert await look(socket.EAI_NONAME) == "storage_account_not_found"
    with pytest.raises(CloudSilentError):
        await look(socket.EAI_AGAIN)
