"""The simulated Azure keeps its doors: who has no token, no role or the wrong version is refused."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from finops_sandbox.azure import App, BillingAccount, Export, ServedAzure, State, serve_azure
from finops_sandbox.azure.state import BILLING_READER, BLOB_READER, COST_READER

SCOPE = "https://{}.azure.com/.default"
NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
EXPORT = Export("daily", "hanbit", "exports", "costs")
ACCOUNT = "/providers/Microsoft.Billing/billingAccounts/8608480"
VERSION = {"api-version": "2024-04-01"}


@pytest.fixture
async def azure() -> AsyncIterator[ServedAzure]:
    """One application that may do everything, one export that has delivered."""
    state = State(clock=lambda: NOW)
    everything = {(BILLING_READER, "8608480"), (COST_READER, "8608480"), (BLOB_READER, "hanbit")}
    state.add_app(App("tenant", "client", "secret", NOW + timedelta(days=1), roles=everything))
    state.billing["8608480"] = BillingAccount("8608480", {"1": "a", "2": "b", "3": "c"}, [EXPORT])
    state.storage["hanbit"] = {"exports": {}}
    state.deliver(EXPORT, date(2026, 10, 1), {f"part_{n}.csv": b"Cost\n1\n" for n in range(5)})
    async with serve_azure(state) as served:
        yield served


async def log_in(azure: ServedAzure, tenant: str = "tenant", **other: str) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": "client",
        "client_secret": "secret",
        "scope": SCOPE.format("management"),
    }
    async with httpx.AsyncClient(base_url=azure.url, trust_env=False) as http:
        return await http.post(f"/login/{tenant}/oauth2/v2.0/token", data=form | other)


async def get(azure: ServedAzure, path: str, audience: str, **headers: str) -> httpx.Response:
    token = (await log_in(azure, scope=SCOPE.format(audience))).json()["access_token"]
    headers |= {"Authorization": f"Bearer {token}", "x-ms-version": "2023-11-03"}
    async with httpx.AsyncClient(base_url=azure.url, trust_env=False) as http:
        return await http.get(path, headers=headers)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ({"tenant": "nobody"}, 90002),
        ({"client_id": "nobody"}, 700016),
        ({"client_secret": "guess"}, 7000215),
        ({"client_assertion": "a.b.c"}, 700027),
        ({"scope": "https://graph.microsoft.com/.default"}, 70011),
    ],
)
async def test_who_does_not_prove_itself_is_refused_by_number(
    azure: ServedAzure, given: dict[str, str], number: int
) -> None:
    answer = await log_in(azure, **given)

    assert answer.status_code in {400, 401}
    assert answer.json()["error_codes"] == [number]


async def test_a_secret_ends_with_its_time(azure: ServedAzure) -> None:
    azure.state.clock = lambda: NOW + timedelta(days=1)

    assert (await log_in(azure)).json()["error_codes"] == [7000222]


async def test_a_token_opens_one_service_for_one_hour(azure: ServedAzure) -> None:
    blobs = "/blob/hanbit/exports?restype=container&comp=list"
    here = f"{ACCOUNT}?api-version=2024-04-01"

    assert (await get(azure, here, "management")).status_code == 200
    assert (await get(azure, here, "storage")).status_code == 401
    assert (await get(azure, blobs, "storage")).status_code == 200
    assert (await get(azure, blobs, "management")).status_code == 401
    token = next(iter(azure.state.tokens))
    azure.state.clock = lambda: NOW + timedelta(hours=1)
    assert azure.state.holder(token, "management") is None


async def test_every_right_is_a_role_of_its_own(azure: ServedAzure) -> None:
    app = azure.state.apps["client"]
    app.roles = {(BILLING_READER, "8608480"), (BLOB_READER, "other/exports")}

    exports = await get(
        azure,
        f"{ACCOUNT}/providers/Microsoft.CostManagement/exports?api-version=2023-08-01",
        "management",
    )
    blobs = await get(azure, "/blob/hanbit/exports", "storage")

    assert (exports.status_code, exports.json()["error"]["code"]) == (403, "AuthorizationFailed")
    assert blobs.headers["x-ms-error-code"] == "AuthorizationPermissionMismatch"


async def test_lists_come_in_pages(azure: ServedAzure) -> None:
    first = await get(azure, f"{ACCOUNT}/billingSubscriptions?api-version=2024-04-01", "management")
    blobs = await get(azure, "/blob/hanbit/exports?prefix=costs/", "storage")

    assert len(first.json()["value"]) == 2
    assert first.json()["nextLink"].startswith(azure.url)
    assert blobs.text.count("<Blob>") == 3
    assert "<NextMarker></NextMarker>" not in blobs.text


async def test_a_blob_is_given_in_the_version_asked_for_or_not_at_all(azure: ServedAzure) -> None:
    name, blob = next(iter(azure.state.storage["hanbit"]["exports"].items()))
    path = f"/blob/hanbit/exports/{name}"

    seen = await get(azure, path, "storage", **{"If-Match": f'"{blob.etag}"'})
    azure.state.put("hanbit", "exports", name, b"newer")
    changed = await get(azure, path, "storage", **{"If-Match": f'"{blob.etag}"'})

    assert seen.content == b"Cost\n1\n"
    assert changed.status_code == 412
