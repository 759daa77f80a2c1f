"""Deliveries over HTTP: from the wish to the file, who may, and what is refused by field."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from tests.ingestion.conftest import Customer
from tests.ingestion.costs.bills import a_day, upload
from tests.ingestion.costs.saved.people import Arrive, Desk
from tests.ingestion.reading import Told

from finops_common.clock import utc_now
from finops_common.contracts.ingestion_analytics import (
    ANALYTICS,
    DeliveryChanged,
    DeliveryChecked,
    DeliveryRunChanged,
)
from finops_ingestion.costs.deliveries.domain import MOST

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def desk(customer: Customer) -> Desk:
    return Desk(customer, "deliveries")


def a_delivery(customer: Customer, **other: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    destination = {
        "kind": "s3",
        "account_id": customer.payer,
        "bucket": f"costs-{customer.payer}",
        "prefix": "finops",
        "region": "us-east-1",
    }
    schedule = {"kind": "daily", "hour": 5}
    return {"name": "to us", "destination": destination, "schedule": schedule} | other


async def ended(desk: Desk, path: str) -> dict[str, Any]:
    for _ in range(300):
        run: dict[str, Any] = (await desk.ask("GET", path)).json()
        if run["state"] in {"done", "failed"}:
            return run
        await asyncio.sleep(0.1)
    raise AssertionError(f"the run did not end: {run}")


@pytest.mark.req("ING-31", part="a delivery from the wish to the file, each step in the audit log")
async def test_a_delivery_is_wanted_checked_run_and_listed(desk: Desk, told: Told) -> None:
    customer, month = desk.customer, utc_now().date().replace(day=1)
    await upload(customer, [a_day(month, "1.25"), a_day(month, "2"), a_day(month, "-1")])
    made = await desk.saved(a_delivery(customer))
    path = f"/{made['id']}"
    stack = (await desk.ask("GET", f"{path}/stack")).json()
    template = (await desk.ask("GET", f"{path}/template")).text

    assert (made["status"], made["due_at"]) == ("unchecked", None)
    early = (await desk.ask("POST", f"{path}/checks")).json()
    assert (early["status"], early["cause"]) == ("failing", "role_refused")
    assert "CloudFormation" in early["advice"]
    await customer.simulator.own_bucket(customer.payer, f"costs-{customer.payer}")
    role = await customer.run(template, name="deliver")
    assert role.endswith(f"/{stack['role_name']}")
    checked = (await desk.ask("POST", f"{path}/checks")).json()
    assert (checked["status"], checked["cause"]) == ("healthy", None)
    assert checked["due_at"] is not None

    asked = await desk.ask("POST", f"{path}/runs", {})
    assert asked.status_code == 202, asked.text
    run = await ended(desk, f"{path}/runs/{asked.json()['id']}")

    (file,) = run["files"]
    assert (run["state"], run["lines"], file["period"]) == ("done", 3, f"{month:%Y-%m}")
    assert file["key"] == f"{made['folder']}/billing_period={month:%Y-%m}/part-0.parquet"
    assert Decimal(run["totals"][0]["effective_cost"]) == Decimal("2.25")
    assert (await desk.ask("GET", f"{path}/runs")).json()["items"] == [run]
    assert (await desk.ask("GET", path)).json()["delivered_at"] is not None
    assert (await desk.ask("DELETE", path)).status_code == 204
    assert (await desk.ask("GET", f"{path}/runs")).status_code == 404
    events = await told(ANALYTICS, made["id"], least=6)
    assert [type(each.data) for each in events] == [
        DeliveryChanged,
        DeliveryChecked,
        DeliveryChecked,
        DeliveryRunChanged,
        DeliveryRunChanged,
        DeliveryChanged,
    ]
    assert [each.outcome for each in events[1:3]] == ["failure", "success"]
    assert (events[4].data.state, events[4].data.lines) == ("done", 3)
    assert events[-1].data.after is None


async def test_terms_are_kept_as_they_were_given_and_changed_by_who_has_seen_them(
    desk: Desk,
) -> None:
    source = str(uuid4())
    terms = {
        **{k: v for k, v in a_delivery(desk.customer).items() if k != "name"},
        "scope": {"sources": [source], "accounts": ["111111111111"]},
        "schedule": {"kind": "on_change"},
        "months": {"kind": "since", "month": "2026-02"},
    }
    made = await desk.saved({"name": "all", **terms}), await desk.saved(a_delivery(desk.customer))
    path = f"/{made[0]['id']}"
    kept = {"months": {"kind": "last", "count": 2}}

    assert made[0]["terms"] == terms
    assert made[1]["terms"]["months"] == {"kind": "all"}
    changed = await desk.ask("PATCH", path, {"terms": terms | kept}, **{"If-Match": '"1"'})
    assert changed.json()["terms"] == terms | kept
    assert changed.headers["etag"] == '"2"'
    stale = await desk.ask("PATCH", path, {"name": "x"}, **{"If-Match": '"1"'})
    assert stale.status_code == 412
    repeated = await desk.ask("PATCH", path, {"terms": terms | kept}, **{"If-Match": '"1"'})
    assert repeated.json() == changed.json()
    assert (await desk.ask("DELETE", path, **{"If-Match": '"1"'})).status_code == 412
    assert sorted(await desk.names()) == ["all", "to us"]


async def test_what_policies_or_paths_would_read_as_more_is_refused_by_field(desk: Desk) -> None:
    whole = a_delivery(desk.customer)
    wrong = {
        "prefix": ["/a", "a/", "a//b", "a*", "${AWS::AccountId}", "a?b", "a b"],
        "bucket": ["A", "b*", "a/b", ""],
        "account_id": ["1", "x" * 12],
        "region": ["us-east-1.evil.example", "us"],
    }

    for field, values in wrong.items():
        for value in values:
            destination = whole["destination"] | {field: value}
            refused = await desk.wrong(whole | {"destination": destination})
            assert refused == {f"body.destination.{field}"}, value
    unkept = await desk.wrong(whole | {"scope": {"accounts": ["a\0b"]}})
    assert unkept == {"body.scope.accounts.0"}


@pytest.mark.req("ING-31", part="deliveries are made by who connects accounts and sees costs")
async def test_who_may_not_connect_accounts_makes_no_delivery(desk: Desk, arrive: Arrive) -> None:
    bob = await desk.colleague(arrive)
    made = await desk.saved(a_delivery(desk.customer))

    assert (await desk.ask("POST", body=a_delivery(desk.customer), by=bob)).status_code == 403
    for method, path, body in (
        ("PATCH", "", {"name": "x"}),
        ("DELETE", "", None),
        ("POST", "/checks", None),
        ("POST", "/runs", {}),
        ("GET", "/template", None),
        ("GET", "/stack", None),
    ):
        answer = await desk.ask(method, f"/{made['id']}{path}", body, by=bob)
        assert answer.status_code == 403, (method, path)


async def test_a_repeated_wish_makes_one_and_there_is_an_end_to_wishes(desk: Desk) -> None:
    whole = a_delivery(desk.customer)
    key = {"Idempotency-Key": f"wish-{uuid4()}"}

    first = await desk.ask("POST", body=whole, **key)
    assert (await desk.ask("POST", body=whole, **key)).json() == first.json()
    for _ in range(MOST - 1):
        await desk.saved(whole)
    full = await desk.ask("POST", body=whole)

    assert (full.status_code, full.json()["code"]) == (409, "too-many-deliveries")
