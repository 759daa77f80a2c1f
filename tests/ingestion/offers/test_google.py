"""Price lists of Google payers: read with their own key, in their currency, whatever Google tells."""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any, Literal

import pytest
from tests.ingestion.clouds import GoogleCustomer
from tests.ingestion.offers.test_price_lists import Ask, ask, list_all
from tests.ingestion.reading import everything

from finops_common.contracts.ingestion import OFFERS, OffersListed, PriceList
from finops_common.contracts.ingestion_offers import SavingsPlanRate
from finops_common.testing.services import Running
from finops_ingestion.offers.flexible_shares import flexible_shares

__all__ = ["ask"]

AMERICAS = {"us-central1", "us-east1", "us-west1"}
CORE, PODS = "N2 Instance Core running in Americas", "Autopilot Pod mCPU Requests (us-central1)"
Lists = Callable[[GoogleCustomer], Awaitable[list[PriceList]]]


@pytest.fixture
def lists(ingestion: Running, stack, topic_prefix: str, ask: Ask) -> Lists:
    async def read(google: GoogleCustomer) -> list[PriceList]:
        """Those that have been announced of a payer, once all that are due are read."""
        await list_all(ingestion)
        records = await everything(stack.kafka_brokers, topic_prefix + OFFERS.name)
        keys = [r.key.decode() for r in records if google.billing.id.encode() in r.value]
        return [PriceList.model_validate((await ask(key)).json()) for key in keys]

    return read


def resources(found: PriceList, **known: Any) -> dict[tuple[str, int], Decimal]:  # noqa: ANN401 - fields
    """What an hour costs by resource and months."""
    return {
        (each.platform, each.term_months): each.recurring_hourly
        for each in found.reservations
        if all(getattr(each, name) == value for name, value in known.items())
    }


def flexible(rates: Sequence[SavingsPlanRate], usage_type: str) -> dict[tuple[str, int], Decimal]:
    return {(e.region, e.term_months): e.rate for e in rates if e.usage_type == usage_type}


@pytest.mark.req("COM-46", part="Google: what is on offer comes from its APIs, dated")
async def test_commitments_of_google_are_listed_from_its_catalogue_and_prices(
    google: GoogleCustomer, lists: Lists, told
) -> None:
    await google.register(google.body())

    (found,) = await lists(google)
    again = await lists(google)

    assert [each.price_list_id for each in again] == [found.price_list_id]
    (message,) = await told(OFFERS, str(found.price_list_id), 1)
    event: OffersListed = message.data
    assert (event.provider, event.payer_account_id) == ("Google Cloud", google.billing.id)
    assert (event.listed_at, event.rows) == (
        found.listed_at,
        len(found.rows) + len(found.reservations),
    )
    assert resources(found, region="us-east1", instance_type="n2") == {
        ("vcpu", 12): Decimal("0.019915"),
        ("vcpu", 36): Decimal("0.014225"),
        ("memory", 12): Decimal("0.002669"),
        ("memory", 36): Decimal("0.001907"),
    }
    assert {each.region for each in found.reservations} == {
        *AMERICAS,
        *("europe-west1", "asia-northeast1"),
    }
    # The last of three pages has the fee of the first generation in Americas.
    assert resources(found, region="us-central1", instance_type="n1")["vcpu", 36] == Decimal(
        "0.014225"
    )
    assert {each.instance_type for each in found.reservations} == {"n1", "n2", "e2", "c3"}
    one, three = Decimal("0.02275992"), Decimal("0.01706994")
    assert flexible(found.rows, CORE) == {
        **{(region, 12): one for region in AMERICAS},
        **{(region, 36): three for region in AMERICAS},
    }
    assert {each.plan_type for each in found.rows} == {"FlexibleCUD"}
    assert {(e.payment_option, e.currency) for e in (*found.rows, *found.reservations)} == {
        ("No Upfront", "USD")
    }
    assert not [each for each in found.rows if "Spot" in each.usage_type]
    assert flexible(found.rows, PODS)["us-central1", 12] == Decimal("0.00003204")
    # Past what is free each month.
    run = "Services CPU (Instance-based billing) in us-central1"
    assert flexible(found.rows, run)["us-central1", 12] == Decimal("0.00001296")


@pytest.mark.req("COM-46", part="Google: documented shares where no price tells them")
@pytest.mark.parametrize("pricing", ["default", "gone"])
async def test_without_prices_by_consumption_model_the_documented_shares_stand_in(
    pricing: Literal["default", "gone"], google: GoogleCustomer, lists: Lists
) -> None:
    google.google.state.pricing = pricing
    google.billing.currency = "KRW"
    await google.register(google.body())

    try:
        (found,) = await lists(google)
    finally:
        google.google.state.pricing = "by_model"

    assert {each.currency for each in (*found.rows, *found.reservations)} == {"KRW"}
    core = Decimal("44.2554")
    assert flexible(found.rows, CORE)["us-central1", 12] == core * Decimal("0.72")
    assert flexible(found.rows, CORE)["us-central1", 36] == core * Decimal("0.54")
    requests = "Services CPU (Request-based billing) in us-central1"
    assert flexible(found.rows, requests)["us-central1", 36] == Decimal("0.0336") * Decimal("0.83")
    assert not [each for each in found.rows if "Licensing" in each.usage_type]
    assert resources(found, region="us-central1", instance_type="n2")["vcpu", 12] == Decimal(
        "27.881"
    )


@pytest.mark.req("COM-46", part="Google: refused is no list, and asked again another day")
async def test_while_the_billing_api_is_off_nothing_is_listed(
    google: GoogleCustomer, lists: Lists
) -> None:
    await google.register(google.body())
    google.project.apis.remove("cloudbilling.googleapis.com")

    assert await lists(google) == []


async def test_a_key_that_is_gone_is_no_reason_to_stop_for_others(
    google: GoogleCustomer, lists: Lists
) -> None:
    await google.register(google.body())
    google.account.keys.clear()

    assert await lists(google) == []


@pytest.mark.parametrize(
    ("description", "shares"),
    [
        ("H3 Instance Core running in Iowa", {1: "0.17", 3: "0.38"}),
        ("M3 Instance Ram running in Iowa", {3: "0.63"}),
        ("Memory-optimized Instance Core running in Iowa", {3: "0.63"}),
        ("C4A Arm Instance Core running in Iowa", {1: "0.28", 3: "0.46"}),
        ("A3 Instance Core running in Iowa", {}),
        ("Spot Preemptible N2 Instance Core running in Iowa", {}),
        ("Jobs CPU in us-central1", {1: "0.28", 3: "0.46"}),
        ("Autopilot Spot Pod mCPU Requests (us-central1)", {}),
    ],
)
def test_shares_are_those_google_documents(description: str, shares: dict[int, str]) -> None:
    assert flexible_shares(description) == {y: Decimal(share) for y, share in shares.items()}
