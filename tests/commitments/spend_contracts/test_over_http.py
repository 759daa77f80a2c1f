"""Spend contracts over HTTP: entered, burnt down by the bill, and weighed against advice."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.service import ATenant, Source, Tenant, Topics, until

from finops_common.clock import utc_now
from finops_common.contracts.commitments import SpendContractChanged

pytestmark = pytest.mark.timeout(300)
TODAY = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
START, END = TODAY - timedelta(days=10), TODAY + timedelta(days=10)


def a_body(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    term = {
        "starts_on": f"{START:%Y-%m-%d}",
        "ends_on": f"{END:%Y-%m-%d}",
        "committed": "250",
        "counted": "0",
        "counted_until": None,
    }
    return {
        "name": "EDP 2026",
        "kind": "edp",
        "currency": "USD",
        "payer_account_ids": [],
        "excluded_services": [],
        "terms": [term | parts.pop("term", {})],
        **parts,
    }


async def enter(tenant: Tenant, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return dict(await tenant.owner.post(tenant.path("spend-contracts"), a_body(**parts)))


@pytest.mark.req("COM-34", part="terms are entered, changed and removed; each change is an event")
async def test_a_contract_is_entered_changed_and_removed(a_tenant: ATenant, topics: Topics) -> None:
    tenant, stranger = await a_tenant(), await a_tenant()
    made = await enter(tenant)
    path = tenant.path(f"spend-contracts/{made['id']}")

    seen = {"If-Match": '"1"'}
    changed = await tenant.owner.ask("PUT", path, a_body(name="EDP 2"))
    late = await tenant.owner.ask("PUT", path, a_body(name="EDP 3"), expect=None, **seen)
    hidden = [
        (await stranger.owner.ask("GET", path + rest)).status_code for rest in ("", "/burn-down")
    ]
    elsewhere = await stranger.owner.ask("GET", stranger.path(f"spend-contracts/{made['id']}"))
    removed = await tenant.owner.ask("DELETE", path)

    assert {name: made[name] for name in a_body()} == a_body()
    assert (changed.json()["version"], changed.json()["name"]) == (2, "EDP 2")
    assert (late.status_code, hidden, elsewhere.status_code) == (412, [404, 404], 404)
    assert removed.status_code == 204
    assert (await tenant.get("spend-contracts"))["items"] == []
    told = await topics.said(SpendContractChanged, made["id"], least=3)
    assert [event.after and event.after["name"] for event in told] == ["EDP 2026", "EDP 2", None]


@pytest.mark.req("COM-34", part="terms that make no sense are refused by field")
@pytest.mark.parametrize(
    "term",
    [
        {"committed": "0"},
        {"ends_on": f"{START:%Y-%m-%d}"},
        {"counted": "5"},
        {"counted": "5", "counted_until": "2020-01-01"},
    ],
)
async def test_terms_that_make_no_sense_are_refused(
    a_tenant: ATenant, term: dict[str, Any]
) -> None:
    tenant = await a_tenant()
    body = a_body(term=term)

    answer = await tenant.owner.ask("POST", tenant.path("spend-contracts"), body)
    twice = await tenant.owner.ask(
        "POST", tenant.path("spend-contracts"), a_body(terms=a_body()["terms"] * 2)
    )

    assert answer.status_code == twice.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("body.terms.0")


@pytest.mark.req("COM-34", part="burn-down from the bill, with advice and planned changes")
@pytest.mark.req("COM-33", part="a forecast over HTTP uses them and says so")
async def test_a_contract_burns_down_by_the_bill(
    a_tenant: ATenant, topics: Topics, a_record: Callable[..., Any], part_of: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    days = [TODAY - timedelta(days=back) for back in range(1, 31)]
    source = Source(tenant.source.company_id, tenant.source.id, days[-1].date().replace(day=1))
    part = part_of(*(a_record(hour=day, billed_cost="10", family="m5") for day in days))
    await topics.send(*source.revision(1, {tenant.id: [part]}, as_of=utc_now()))
    made = await enter(tenant)

    async def standing(query: str = "") -> dict[str, Any]:
        path = f"spend-contracts/{made['id']}/burn-down{query}"
        return dict(await tenant.get(path))

    async def known() -> dict[str, Any] | None:
        found = await standing("?monthly_savings=73")
        return found if found["base_days"] else None

    before = await until(known)
    change = {
        "name": "leave m5",
        "kind": "shutdown",
        "scope": {"family": "m5"},
        "starts_on": f"{TODAY + timedelta(days=5):%Y-%m-%d}",
        "share_percent": "-100",
    }
    planned = await tenant.owner.post(tenant.path("planned-changes"), change)
    after = await standing()

    assert before is not None
    (term,) = before["terms"]
    assert (term["spent"], term["expected"], term["shortfall"]) == ("100", "100", "50")
    assert (before["known_until"], before["base_days"]) == (f"{TODAY:%Y-%m-%d}", 30)
    assert Decimal(term["needed_a_day"]) == 15
    # 2.4 a day are saved, and all of it is missing: the promise costs what the advice saves.
    assert term["with_savings"] == {
        "saved": "24",
        "shortfall": "74",
        "shortfall_caused": "24",
        "net": "0",
    }
    (changed,) = after["terms"]
    assert (changed["expected"], changed["shortfall"]) == ("50", "100")
    assert (changed["shortfall_without_changes"], changed["with_savings"]) == ("50", None)
    (effect,) = after["planned_changes"]
    assert effect["planned_change_id"] == planned["id"]
    assert (effect["classes"], effect["added"]) == (1, "-50")
