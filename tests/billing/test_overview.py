"""What a company sees of its subscriptions."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.billing.conftest import Customer

from finops_billing.subscriptions.domain import Subscription, next_invoice
from finops_common.contracts.billing import Edition, State


def a_subscription(edition: Edition = "standard", state: State = "active") -> Subscription:
    begun = datetime(2026, 11, 3, tzinfo=UTC)
    accounts = (uuid4(),) if edition == "autosavings" else ()
    return Subscription(
        uuid4(), uuid4(), edition, state, "2026-01", "USD", accounts, None, begun, None, 1
    )


@pytest.mark.req("BILL-11", part="without estimate, method, balance, usage and renewal")
async def test_the_overview_shows_what_there_is_and_was(customer: Customer) -> None:
    account = str(uuid4())
    trial = (await customer.subscribe("trial")).json()
    standard = (await customer.subscribe("standard")).json()
    saving = (await customer.subscribe("autosavings", account)).json()

    seen = await customer.overview()

    assert (seen["edition"], seen["state"], seen["trial_ends_at"]) == ("standard", "active", None)
    assert date.fromisoformat(seen["next_invoice_on"]).day == 1
    tied = {each["id"]: each["tied_to"]["cloud_account_ids"] for each in seen["subscriptions"]}
    assert tied == {trial["id"]: [], standard["id"]: [], saving["id"]: [account]}
    history = [(each["edition"], each["state"], each["cause"]) for each in seen["history"]]
    assert history[0] == ("autosavings", "active", "subscribed")
    assert ("trial", "cancelled", "converted") in history
    assert "autosavings.purchase" in seen["entitlements"]


@pytest.mark.req("BILL-11", part="without estimate, method, balance, usage and renewal")
async def test_a_company_without_subscription_sees_that(customer: Customer) -> None:
    seen = await customer.overview()

    assert (seen["edition"], seen["next_invoice_on"]) == (None, None)
    assert seen["no_invoice_because"] == "no_subscription"


@pytest.mark.req("BILL-11", part="next invoice date")
@pytest.mark.parametrize(
    ("edition", "state", "why"),
    [
        ("trial", "trialing", "trial"),
        ("trial", "restricted", "restricted"),
        ("autosavings", "active", "when_savings_are_known"),
        ("standard", "restricted", "restricted"),
        ("standard", "cancelled", "no_subscription"),
    ],
)
def test_where_no_invoice_comes_the_reason_is_said(
    edition: Edition, state: State, why: str
) -> None:
    coming = next_invoice([a_subscription(edition, state)], date(2026, 11, 22))

    assert (coming.on, coming.why_none) == (None, why)


@pytest.mark.req("BILL-11", part="next invoice date")
@given(today=st.dates(date(2026, 1, 1), date(2099, 11, 30)))
def test_a_paid_edition_is_invoiced_on_the_next_first_of_a_month(today: date) -> None:
    coming = next_invoice([a_subscription(state="past_due")], today).on

    assert coming is not None
    assert coming.day == 1
    assert 1 <= (coming - today).days <= 31
