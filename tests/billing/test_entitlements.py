"""One published table of what each edition and state allows."""

import pytest
from tests.billing.conftest import Customer

from finops_common.contracts.billing import (
    EDITIONS,
    STATES,
    Edition,
    Entitlement,
    allowed_by,
    allows,
)


@pytest.mark.req("BILL-13", part="the table is published")
async def test_the_published_table_is_the_one_services_enforce(customer: Customer) -> None:
    seen = await customer.owner.get("/billing/v1/entitlements")

    rows = {(row["edition"], row["state"]): frozenset(row["allows"]) for row in seen["rows"]}
    assert rows == {
        (edition, state): allows(edition, state) for edition in EDITIONS for state in STATES
    }


@pytest.mark.req("BILL-13", part="the table")
@pytest.mark.parametrize("edition", EDITIONS)
def test_a_worse_state_never_allows_more(edition: Edition) -> None:
    active, late, restricted, cancelled = (
        allows(edition, state) for state in ("active", "past_due", "restricted", "cancelled")
    )

    assert active >= late >= restricted >= cancelled


@pytest.mark.req("BILL-13", part="the table")
@pytest.mark.parametrize("edition", EDITIONS)
def test_invoices_are_seen_and_paid_in_every_state(edition: Edition) -> None:
    for state in STATES:
        assert {Entitlement.INVOICES, Entitlement.PAY} <= allows(edition, state)


@pytest.mark.req("BILL-13", part="the table")
def test_nothing_is_bought_for_who_is_restricted_but_what_is_owned_is_watched() -> None:
    held = allows("autosavings", "restricted")

    assert Entitlement.WATCH in held
    assert not {Entitlement.PURCHASE, Entitlement.PLAN} & held


@pytest.mark.req("BILL-13", part="the table")
def test_subscriptions_of_a_company_add_up() -> None:
    both = allowed_by([("standard", "active"), ("autosavings", "active")])

    assert both == allows("standard", "active") | allows("autosavings", "active")
