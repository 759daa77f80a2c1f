"""The simulated Google Cloud keeps its doors: keys sign, roles allow, APIs can be off."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from finops_sandbox.gcp import (
    BillingAccount,
    Project,
    ServedGoogle,
    ServiceAccount,
    State,
    Table,
    serve_google,
)
from finops_sandbox.gcp.state import BILLING_VIEWER, DATA_VIEWER, JOB_USER

EMAIL = "finops@hanbit.iam.gserviceaccount.com"
KEY = RSAKey.generate_key(2048)
OCTOBER = {"invoice": {"month": "202610"}, "export_time": "2026-11-01T00:00:00.000000Z"}
TABLE = "hanbit.billing.gcp_billing_export_v1_1"


@pytest.fixture
async def google() -> AsyncIterator[ServedGoogle]:
    """One service account that may do everything, one table of 150 rows."""
    roles = {
        (BILLING_VIEWER, "01A2B3"),
        (DATA_VIEWER, "hanbit.billing"),
        (JOB_USER, "hanbit"),
    }
    state = State()
    project = Project("hanbit")
    project.datasets["billing"] = {"gcp_billing_export_v1_1": Table([OCTOBER] * 150)}
    state.projects["hanbit"] = project
    public = KEY.as_pem(private=False).decode()
    state.add(ServiceAccount(EMAIL, "hanbit", {"key-1": public}, roles))
    state.billing["01A2B3"] = BillingAccount("01A2B3", ["a", "b", "c"])
    async with serve_google(state) as served:
        yield served


async def log_in(
    google: ServedGoogle,
    key: RSAKey = KEY,
    **other: Any,  # noqa: ANN401 - claims
) -> httpx.Response:
    now = int(time.time())
    claims = {"iss": EMAIL, "scope": "billing", "aud": f"{google.url}/token"}
    claims |= {"iat": now, "exp": now + 3600} | other
    assertion = jwt.encode({"alg": "RS256", "kid": "key-1"}, claims, key, algorithms=["RS256"])
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.post(f"{google.url}/token", data=form)


async def ask(
    google: ServedGoogle, method: str, path: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    token = (await log_in(google)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=google.url, headers=headers, trust_env=False) as http:
        return await http.request(method, path, json=body)


def select(what: str, **other: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    query = f"SELECT {what} FROM `{TABLE}`"  # noqa: S608 - of a simulator
    return {"query": query, "queryParameters": []} | other


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"iss": "nobody@hanbit.iam.gserviceaccount.com"}, "account not found"),
        ({"key": RSAKey.generate_key(2048)}, "Invalid JWT Signature"),
        ({"aud": "https://oauth2.googleapis.com/token"}, "short-lived"),
        ({"exp": int(time.time()) + 90_000}, "short-lived"),
        ({"scope": ""}, "short-lived"),
    ],
)
async def test_an_assertion_must_be_signed_fresh_and_for_here(
    google: ServedGoogle, given: dict[str, Any], words: str
) -> None:
    answer = await log_in(google, **given)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert words in answer.json()["error_description"]


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        (BILLING_VIEWER, "GET", "/v1/billingAccounts/01A2B3"),
        (DATA_VIEWER, "GET", "/bigquery/v2/projects/hanbit/datasets/billing/tables"),
        (JOB_USER, "POST", "/bigquery/v2/projects/hanbit/queries"),
    ],
)
async def test_every_right_is_a_role_of_its_own_and_every_api_can_be_off(
    google: ServedGoogle, role: str, method: str, path: str
) -> None:
    body = select("1 GROUP BY 1") if method == "POST" else None
    assert (await ask(google, method, path, body)).status_code == 200

    account = google.state.accounts[EMAIL]
    account.roles = {each for each in account.roles if each[0] != role}
    refused = await ask(google, method, path, body)
    google.state.projects["hanbit"].apis.clear()
    off = await ask(google, method, path, body)

    assert refused.json()["error"]["errors"][0]["reason"] == "accessDenied"
    assert off.json()["error"]["errors"][0]["reason"] == "accessNotConfigured"


async def test_a_query_is_counted_paged_and_may_take_its_time(google: ServedGoogle) -> None:
    months = await ask(
        google, "POST", "/bigquery/v2/projects/hanbit/queries", select("1", query=_counted())
    )
    assert [[cell["v"] for cell in row["f"]] for row in months.json()["rows"]] == [
        ["202610", "150", OCTOBER["export_time"]]
    ]

    google.state.slow = 1
    named = [{"name": "month", "parameterValue": {"value": "202610"}}]
    path = "/bigquery/v2/projects/hanbit/queries"
    waiting = (await ask(google, "POST", path, select("line", queryParameters=named))).json()
    job = f"{path}/{waiting['jobReference']['jobId']}?location=asia-northeast3"
    first = (await ask(google, "GET", job)).json()
    last = (await ask(google, "GET", f"{job}&pageToken={first['pageToken']}")).json()

    assert waiting["jobComplete"] is False
    assert (len(first["rows"]), len(last["rows"]), "pageToken" in last) == (100, 50, False)


def _counted() -> str:
    return f"SELECT invoice.month, COUNT(*) FROM `{TABLE}` GROUP BY 1"  # noqa: S608 - as above


async def test_the_catalogue_is_paged_in_the_currency_asked_for_to_who_has_the_api_on(
    google: ServedGoogle,
) -> None:
    path = "/v1/services/6F81-5844-456A/skus?currencyCode={}&pageSize=5000"
    dollars = (await ask(google, "GET", path.format("USD"))).json()
    won = (await ask(google, "GET", path.format("KRW"))).json()
    rest = await ask(google, "GET", path.format("USD") + f"&pageToken={dollars['nextPageToken']}")
    unknown = await ask(google, "GET", path.format("XXX"))
    nobody = await ask(google, "GET", "/v1/services/0000-0000-0000/skus")
    google.state.projects["hanbit"].apis.clear()
    off = await ask(google, "GET", path.format("USD"))
    prices_off = await ask(google, "GET", "/v2beta/skus/-/prices")
    async with httpx.AsyncClient(base_url=google.url, trust_env=False) as http:
        stranger = await http.get(path.format("USD"))

    prices = {}
    for page in (dollars, won):
        sku = page["skus"][0]
        (tier,) = sku["pricingInfo"][0]["pricingExpression"]["tieredRates"]
        prices[tier["unitPrice"]["currencyCode"]] = tier["unitPrice"]
    assert len(dollars["skus"]) == 40
    assert dollars["skus"][0]["skuId"] not in [each["skuId"] for each in rest.json()["skus"]]
    nanos = {name: int(p["units"]) * 10**9 + p["nanos"] for name, p in prices.items()}
    assert nanos["KRW"] == nanos["USD"] * 1400
    assert [unknown.status_code, nobody.status_code, stranger.status_code] == [400, 404, 401]
    for refused in (off, prices_off):
        assert refused.json()["error"]["errors"][0]["reason"] == "accessNotConfigured"
