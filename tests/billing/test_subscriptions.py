"""Subscribing, cancelling, and the end of trials."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from tests.billing.conftest import At, Changes, Customer

from finops_billing.price_lists.adapters import shipped_price_lists
from finops_billing.subscriptions.service import SubscriptionService
from finops_common.acting import Acts
from finops_common.db.transaction import Database, Transaction
from finops_common.testing.services import Running


@pytest.mark.req("BILL-1", part="the trial begins, without its grace")
async def test_a_trial_lasts_thirty_days_and_needs_no_payment_data(customer: Customer) -> None:
    answer = await customer.subscribe("trial")

    assert answer.status_code == 201
    trial = answer.json()
    ends, begins = (datetime.fromisoformat(trial[name]) for name in ("trial_ends_at", "started_at"))
    assert (trial["state"], ends - begins) == ("trialing", timedelta(days=30))


@pytest.mark.req("BILL-1", part="one trial per company")
async def test_a_company_has_one_trial_ever(customer: Customer) -> None:
    trial = (await customer.subscribe("trial")).json()
    await customer.cancel(trial["id"])

    again = await customer.subscribe("trial")

    assert (again.status_code, again.json()["code"]) == (409, "trial-used")


@pytest.mark.req("BILL-1", part="one trial per company")
async def test_of_two_trials_asked_for_at_once_one_begins(
    customer: Customer, changes: Changes
) -> None:
    answers = await asyncio.gather(*(customer.subscribe("trial") for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await changes(customer.company_id, 1)) == 1


@pytest.mark.req("PLAT-4", part="subscriptions")
async def test_the_same_request_again_finds_the_same_subscription(
    customer: Customer, changes: Changes
) -> None:
    key = {"Idempotency-Key": f"trial-{uuid4()}"}

    first = await customer.subscribe("trial", **key)
    second = await customer.subscribe("trial", **key)

    assert second.status_code == 201
    assert second.json() == first.json()
    assert len(await changes(customer.company_id, 1)) == 1


@pytest.mark.req("BILL-1", part="converting a trial")
async def test_another_edition_ends_the_trial(customer: Customer, changes: Changes) -> None:
    await customer.subscribe("trial")

    bought = await customer.subscribe("standard")

    assert bought.json()["state"] == "active"
    seen = await customer.overview()
    assert (seen["edition"], seen["state"]) == ("standard", "active")
    said = [(c.data.edition, c.data.state, c.reason) for c in await changes(customer.company_id, 3)]
    assert said == [
        ("trial", "trialing", "subscribed"),
        ("trial", "cancelled", "converted"),
        ("standard", "active", "subscribed"),
    ]


@pytest.mark.req("BILL-1", part="one edition for the company")
async def test_a_second_edition_for_the_company_is_refused(customer: Customer) -> None:
    standard = (await customer.subscribe("standard")).json()

    refused = await customer.subscribe("premium")

    assert (refused.status_code, refused.json()["code"]) == (409, "already-subscribed")
    assert refused.json()["subscription_id"] == standard["id"]


@pytest.mark.req("BILL-1", part="AutoSavings for chosen accounts")
async def test_autosavings_is_for_chosen_accounts_beside_another_edition(
    customer: Customer,
) -> None:
    one, two = str(uuid4()), str(uuid4())
    await customer.subscribe("standard")

    bought = await customer.subscribe("autosavings", one)

    assert bought.json()["tied_to"] == {"kind": "cloud_accounts", "cloud_account_ids": [one]}
    assert (await customer.subscribe("autosavings", two)).status_code == 201
    assert (await customer.subscribe("autosavings", one)).json()["code"] == "already-subscribed"


@pytest.mark.parametrize(("edition", "accounts"), [("autosavings", 0), ("standard", 1)])
async def test_accounts_go_with_autosavings_alone(
    customer: Customer, edition: str, accounts: int
) -> None:
    answer = await customer.subscribe(edition, *(str(uuid4()) for _ in range(accounts)))

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


@pytest.mark.req("BILL-1", part="cancel")
async def test_a_cancelled_subscription_stays_so(customer: Customer, changes: Changes) -> None:
    bought = (await customer.subscribe("premium")).json()

    first = await customer.cancel(bought["id"])
    second = await customer.cancel(bought["id"])

    assert first.json()["state"] == "cancelled"
    assert second.json() == first.json()
    assert [c.version for c in await changes(customer.company_id, 2)] == [1, 2]


@pytest.mark.req("BILL-13", part="trialing to restricted")
async def test_a_trial_is_restricted_at_its_end_and_not_before(
    customer: Customer, at: At, changes: Changes
) -> None:
    trial = (await customer.subscribe("trial")).json()
    ends = datetime.fromisoformat(trial["trial_ends_at"])

    await at(ends - timedelta(seconds=1)).end_trials()
    before = (await customer.overview())["state"]
    await at(ends).end_trials()

    assert (before, (await customer.overview())["state"]) == ("trialing", "restricted")
    last = (await changes(customer.company_id, 2))[-1]
    assert (last.data.before, last.data.after) == ({"state": "trialing"}, {"state": "restricted"})
    assert (last.subject, last.reason) == (customer.company_id, "trial_ended")


@pytest.mark.req("BILL-13", part="trialing to restricted")
async def test_two_jobs_at_once_and_one_later_end_a_trial_once(
    customer: Customer, at: At, changes: Changes
) -> None:
    await customer.subscribe("trial")
    later = at(datetime.now(UTC) + timedelta(days=31))

    await asyncio.gather(later.end_trials(), later.end_trials())
    await later.end_trials()

    states = [c.data.state for c in await changes(customer.company_id, 2)]
    assert states == ["trialing", "restricted"]


@pytest.mark.req("BILL-13", part="trialing to restricted")
async def test_a_job_that_dies_before_its_commit_changes_nothing_and_is_made_up_for(
    customer: Customer, at: At, changes: Changes, billing: Running
) -> None:
    await customer.subscribe("trial")
    now = datetime.now(UTC) + timedelta(days=31)
    dying = DyingDatabase(billing.database.engine, "billing", lambda: now)

    with pytest.raises(ConnectionError):
        await SubscriptionService(dying, shipped_price_lists()).end_trials()

    assert (await customer.overview())["state"] == "trialing"
    await at(now).end_trials()
    assert (await customer.overview())["state"] == "restricted"
    assert len(await changes(customer.company_id, 2)) == 2


@pytest.mark.req("BILL-13", part="a restricted company may pay")
async def test_who_is_restricted_may_still_subscribe(customer: Customer, at: At) -> None:
    await customer.subscribe("trial")
    await at(datetime.now(UTC) + timedelta(days=31)).end_trials()

    assert (await customer.subscribe("standard")).status_code == 201


class DyingDatabase(Database):
    """Loses its connection at the end of each transaction of a company, before the commit."""

    @asynccontextmanager
    async def transaction(self, acts: Acts) -> AsyncIterator[Transaction]:
        async with super().transaction(acts) as tx:
            yield tx
            if acts.scope.company_id:
                raise ConnectionError
