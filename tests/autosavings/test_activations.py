"""Beginning and ending autosavings for cloud accounts."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.autosavings.builders import an_account
from tests.autosavings.conftest import Said, Saver

from finops_autosavings.accounts.domain import possibilities
from finops_billing.price_lists.adapters import shipped_price_lists
from finops_billing.subscriptions.service import SubscriptionService
from finops_common.contracts.autosavings import ActivationChanged
from finops_common.contracts.billing import Entitlement
from finops_common.db.transaction import Database
from finops_common.testing.services import House

PURCHASE = frozenset({Entitlement.PLAN, Entitlement.PURCHASE})


async def until(saver: Saver, path: str, status: int) -> httpx.Response:
    """POST `path` until billing's word has arrived and it answers so."""
    for _ in range(100):
        answer = await saver.ask("POST", path)
        if answer.status_code == status:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(answer.text)


def uses(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["use"]: each for each in found["possibilities"]}


@pytest.mark.req("AUTO-1", part="the permission check names what is missing")
async def test_read_only_rights_are_enough_for_plans_and_missing_ones_are_named(
    saver: Saver,
) -> None:
    (found,) = (await saver.ask("GET", "/activations")).json()["items"]

    assert found["active"] is True
    assert uses(found)["plan"] == {"use": "plan", "possible": True, "why_not": [], "missing": []}
    purchase = uses(found)["purchase"]
    assert purchase["why_not"] == ["edition_does_not_allow", "rights_missing"]
    assert purchase["missing"] == [
        "savingsplans:CreateSavingsPlan",
        "savingsplans:ReturnSavingsPlan",
    ]


@pytest.mark.req("AUTO-1", part="starts once the edition allows it")
async def test_without_an_edition_that_allows_it_nothing_is_activated(newcomer: Saver) -> None:
    body = {"cloud_account_id": str(newcomer.account.id)}

    refused = await newcomer.ask("POST", "/activations", body)

    assert (refused.status_code, refused.json()["code"]) == (402, "edition-does-not-allow")
    assert (await newcomer.ask("GET", "/activations")).json()["items"][0]["active"] is False


@pytest.mark.req("AUTO-1", part="the AutoSavings edition is for its accounts alone")
async def test_the_autosavings_edition_serves_the_accounts_it_is_for(newcomer: Saver) -> None:
    other = an_account(account_id="444455556666")
    newcomer.ingestion.accounts[newcomer.organization_id].append(other)
    await newcomer.subscribe("autosavings", str(newcomer.account.id))

    await newcomer.activate()

    refused = await newcomer.ask("POST", "/activations", {"cloud_account_id": str(other.id)})
    assert refused.status_code == 402


@pytest.mark.req("BILL-13", part="autosavings enforces it")
async def test_a_trial_that_is_over_plans_no_more(saver: Saver, people: House) -> None:
    database = people.running["billing"].database
    later = datetime.now(UTC) + timedelta(days=31)
    ending = Database(database.engine, "billing", lambda: later)

    await SubscriptionService(ending, shipped_price_lists()).end_trials()

    refused = await until(saver, "/plans", 402)
    assert refused.json()["entitlement"] == "autosavings.plan"


@pytest.mark.req("AUTO-1", part="capability follows what is granted")
@pytest.mark.parametrize(
    ("facts", "why_not"),
    [
        ({}, []),
        ({"payer_is_reseller": True}, ["payer_is_reseller"]),
        ({"from_uploads_only": True}, ["uploads_only"]),
        ({"granted": frozenset({"bills", "commitments"})}, ["rights_missing"]),
        ({"status": "error"}, ["not_connected"]),
        ({"provider": "Microsoft"}, ["provider_not_supported"]),
    ],
)
def test_purchases_need_rights_and_an_end_customers_payer(
    facts: dict[str, Any], why_not: list[str]
) -> None:
    everything = {"granted": frozenset({"bills", "commitments", "purchase"}), "missing": ()}

    _, purchase, _ = possibilities(an_account(**everything | facts), PURCHASE)

    assert list(purchase.why_not) == why_not


@pytest.mark.req("AUTO-1", part="plans need a connected account")
async def test_an_account_that_cannot_be_read_is_refused_with_what_to_grant(
    newcomer: Saver,
) -> None:
    await newcomer.subscribe("trial")
    await newcomer.activate()
    await newcomer.ask("DELETE", f"/activations/{newcomer.account.id}")
    newcomer.now_is(granted=frozenset({"bills"}), status="error")

    body = {"cloud_account_id": str(newcomer.account.id)}
    refused = (await newcomer.ask("POST", "/activations", body)).json()

    assert refused["code"] == "cloud-account-not-ready"
    assert refused["why_not"] == ["not_connected", "rights_missing"]


@pytest.mark.req("AUTO-1", part="only accounts of the organization")
async def test_an_account_of_another_organization_does_not_exist(saver: Saver) -> None:
    foreign = an_account()
    saver.ingestion.accounts[uuid4()] = [foreign]

    answer = await saver.ask("POST", "/activations", {"cloud_account_id": str(foreign.id)})

    assert answer.status_code == 404


@pytest.mark.req("AUTO-1", part="activation is an event")
async def test_activating_twice_or_at_once_is_activating_once(
    newcomer: Saver, events: Said
) -> None:
    await newcomer.subscribe("trial")

    await asyncio.gather(*(newcomer.activate() for _ in range(3)))
    await newcomer.activate()
    for _ in range(2):
        gone = await newcomer.ask("DELETE", f"/activations/{newcomer.account.id}")
        assert gone.status_code == 204

    said = await events(ActivationChanged, newcomer, 2)
    assert [(each.data.active, each.version) for each in said] == [(True, 1), (False, 2)]
    assert said[0].data.before == {"active": False}
    assert said[0].origin.actor is not None
    assert said[0].origin.actor.id == newcomer.owner.user_id


@pytest.mark.req("AUTO-1", part="activation ends with its organization")
async def test_a_deleted_organization_is_worked_for_no_more(saver: Saver, events: Said) -> None:
    path = f"/org-rbac/v1/companies/{saver.company_id}/organizations/{saver.organization_id}"

    await saver.owner.ask("POST", f"{path}/deletion", {"name": "Platform"}, expect=204)

    said = await events(ActivationChanged, saver, 2)
    assert [each.data.active for each in said] == [True, False]


@pytest.mark.req("PLAT-45", part="autosavings asks ingestion")
async def test_while_ingestion_is_away_nothing_is_activated(newcomer: Saver) -> None:
    newcomer.ingestion.down = True
    try:
        body = {"cloud_account_id": str(newcomer.account.id)}
        answer = await newcomer.ask("POST", "/activations", body)
    finally:
        newcomer.ingestion.down = False

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
