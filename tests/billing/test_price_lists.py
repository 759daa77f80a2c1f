"""Editions and price lists as versioned data."""

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import resources
from uuid import UUID, uuid4

import pytest
from tests.billing.conftest import Customer

from finops_billing.price_lists.adapters import read_price_list, shipped_price_lists
from finops_billing.price_lists.domain import TrialOffer, in_force
from finops_billing.subscriptions.domain import Order
from finops_billing.subscriptions.service import SubscriptionService
from finops_common.acting import Origin
from finops_common.auth.caller import Caller
from finops_common.contracts.billing import EDITIONS
from finops_common.db.transaction import Database
from finops_common.testing.services import Running

PUBLISHED = {"2026-01.toml": "78491e425a415dc5bd3c5738f9e932e1ca8ab273a3f850f8c1e036d289b3a787"}


@pytest.mark.req("BILL-1", part="price lists")
def test_a_published_price_list_is_never_edited() -> None:
    folder = resources.files("finops_billing.price_lists") / "lists"

    found = {
        entry.name: hashlib.sha256(entry.read_bytes()).hexdigest()
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }

    assert found == PUBLISHED


@pytest.mark.req("BILL-1", part="price lists")
def test_every_list_prices_every_edition_in_every_currency_it_names() -> None:
    for prices in shipped_price_lists():
        assert [each.edition for each in prices.editions] == list(EDITIONS)
        for each in prices.editions:
            assert each.tiers.keys() in ({}.keys(), set(prices.currencies))
            for tiers in each.tiers.values():
                limits = [tier.up_to for tier in tiers[:-1]]
                assert limits == sorted(limit for limit in limits if limit is not None)
                assert tiers[-1].up_to is None


@pytest.mark.req("BILL-1", part="price lists")
async def test_the_list_in_force_is_shown_with_money_as_text(customer: Customer) -> None:
    seen = await customer.owner.get("/billing/v1/price-lists/current")

    standard = next(each for each in seen["editions"] if each["edition"] == "standard")
    assert standard["payment"] == "card"
    assert standard["tiers"][0] == {
        "up_to": {"amount": "10000", "currency": "USD"},
        "monthly_fee": {"amount": "99", "currency": "USD"},
    }
    old = await customer.owner.get(f"/billing/v1/price-lists/{seen['version']}")
    assert old == seen


@pytest.mark.req("BILL-1", part="a subscription keeps its price list")
async def test_a_subscription_keeps_the_list_it_was_bought_under(
    customer: Customer, billing: Running
) -> None:
    kept = (await customer.subscribe("standard")).json()
    (first,) = shipped_price_lists()
    text = (resources.files("finops_billing.price_lists") / "lists" / "2026-01.toml").read_text()
    later = read_price_list(
        text.replace('"2026-01"', '"2030-01"').replace("= 2026-01-01", "= 2030-01-01", 1)
    )
    now = datetime(2030, 2, 1, tzinfo=UTC)
    service = SubscriptionService(
        Database(billing.database.engine, "billing", lambda: now), [first, later]
    )
    caller = _owner(customer, now)

    await service.subscribe(caller, uuid4(), Order("autosavings", (uuid4(),)))

    seen = await service.overview(caller)
    versions = {each.edition: each.price_list_version for each in seen.subscriptions}
    assert versions == {"standard": kept["price_list_version"], "autosavings": "2030-01"}


@pytest.mark.req("BILL-1", part="the trial's campaign")
def test_a_trial_is_offered_within_its_campaign_alone() -> None:
    offer = TrialOffer(30, date(2026, 3, 1), date(2026, 3, 31))

    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]

    assert [offer.is_open(day) for day in days] == [False, True, True, False]


def test_before_the_first_list_nothing_can_be_bought() -> None:
    with pytest.raises(LookupError):
        in_force(shipped_price_lists(), date(2020, 1, 1))


@pytest.mark.req("BILL-12", part="currency of a subscription")
async def test_a_company_is_billed_in_its_currency_where_there_are_prices(
    customer: Customer,
) -> None:
    (prices,) = shipped_price_lists()

    assert (await customer.subscribe("standard")).json()["currency"] == "USD"
    assert (prices.currency_for("KRW"), prices.currency_for("JPY")) == ("KRW", "USD")
    assert all(
        isinstance(tier.monthly_fee, Decimal)
        for each in prices.editions
        for tiers in each.tiers.values()
        for tier in tiers
    )


def _owner(customer: Customer, now: datetime) -> Caller:
    return Caller(
        user_id=UUID(customer.owner.user_id),
        session_id=uuid4(),
        authenticated_at=now,
        methods=("pwd",),
        email_verified=True,
        origin=Origin("test"),
        company_id=UUID(customer.company_id),
    )
