"""From usage and a price list to advice, for people and for autosavings."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.commitments.service import ATenant, Ingestion, Source, Tenant, Topics, until

from finops_common.clock import utc_now
from finops_common.contracts.commitments import RecommendationMade
from finops_common.contracts.commitments_queries import RecommendationsAnswer
from finops_common.contracts.ingestion import OffersListed, PriceList
from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate
from finops_common.ids import new_id
from finops_common.testing.services import Running

HOURS = 48


def a_payer() -> str:
    """An account nobody else has: price lists are found by it."""
    return str(new_id().int)[-12:]


def now() -> datetime:
    return utc_now().replace(minute=0, second=0, microsecond=0)


def a_rate(rate: str, plan_type: str = "Compute", **known: Any) -> SavingsPlanRate:  # noqa: ANN401 - the model's own types
    facts = {
        "plan_type": plan_type,
        "term_months": 12,
        "payment_option": "No Upfront",
        "region": "us-east-1",
        "usage_type": "BoxUsage:m5.large",
        "operation": None,
        "rate": Decimal(rate),
        "currency": "USD",
    }
    return SavingsPlanRate(**facts | known)


async def offer(
    topics: Topics,
    ingestion: Ingestion,
    payer: str,
    *rates: SavingsPlanRate | ReservationOffer,
    listed_at: datetime | None = None,
) -> UUID:
    """Publish a price list as ingestion does."""
    price_list = PriceList(
        price_list_id=new_id(),
        listed_at=listed_at or utc_now(),
        rows=[each for each in rates if isinstance(each, SavingsPlanRate)],
        reservations=[each for each in rates if isinstance(each, ReservationOffer)],
    )
    ingestion.lists[str(price_list.price_list_id)] = price_list
    listed = OffersListed(
        price_list_id=price_list.price_list_id,
        provider="AWS",
        payer_account_id=payer,
        listed_at=price_list.listed_at,
        rows=len(rates),
    )
    await topics.send(listed)
    return price_list.price_list_id


@pytest.fixture
def usage(a_record: Callable[..., Any], part_of: Callable[..., bytes]) -> Callable[..., bytes]:
    """Two days of ten instances at 0.1 an hour each."""

    def build(payer: str, cost: str = "1") -> bytes:
        common = {
            "payer_account_id": payer,
            "account_id": payer,
            "list_cost": cost,
            "usage_quantity": "10",
        }
        hours = (now() - timedelta(hours=at + 1) for at in range(HOURS))
        return part_of(*(a_record(hour=hour, **common) for hour in hours))

    return build


async def publish(topics: Topics, tenant: Tenant, number: int, *parts: bytes) -> None:
    source = Source(tenant.source.company_id, tenant.source.id, now().date().replace(day=1))
    await topics.send(*source.revision(number, {tenant.id: parts}, as_of=now()))


async def advised(tenant: Tenant, amount: str, query: str = "") -> dict[str, Any]:
    """The advice, once its first plan is of this amount."""

    async def there() -> dict[str, Any] | None:
        answer = await tenant.get(f"recommendations?{query}")
        amounts = [item["hourly_commitment"] for item in answer["items"]]
        return answer if amounts[:1] == [amount] else None

    answer = await until(there)
    assert answer is not None
    return answer


@pytest.mark.req("COM-40", part="every term and payment option offered, for a Compute Savings Plan")
@pytest.mark.req("COM-46", part="price lists are read when they are announced, and dated")
async def test_every_offered_variant_is_sized(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Callable[..., bytes]
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    rates = [
        a_rate("0.06"),
        a_rate("0.05", term_months=36),
        a_rate("0.055", payment_option="All Upfront"),
        a_rate("0.01", "A plan of tomorrow"),
        a_rate("0.01", usage_type="BoxUsage:c5.large"),
    ]

    await offer(topics, ingestion, payer, *rates)
    await publish(topics, tenant, 1, usage(payer))
    answer = await advised(tenant, "0.6", "cost_of_capital=0.08&robust=false")

    terms = [(item["term_years"], item["payment_option"]) for item in answer["items"]]
    assert terms == [(1, "No Upfront"), (1, "All Upfront"), (3, "No Upfront")]
    first, upfront, _ = answer["items"]
    assert first["payer_account_id"] == payer
    assert [first["hours"], first["monthly_savings"]] == [HOURS, "292"]
    assert [first["coverage_after_percent"], first["utilization_percent"]] == ["100", "100"]
    assert first["savings_rate_percent"] == "40"
    assert upfront["upfront"] == "4818"
    assert Decimal(first["net_present_value"]) > 0
    assert [first["stale_offers"], answer["without_prices"]] == [False, []]


@pytest.mark.req("COM-46", part="prices over 7 days old are marked")
async def test_old_prices_are_marked_and_replaced_by_newer_ones_alone(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Callable[..., bytes]
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    await publish(topics, tenant, 1, usage(payer))

    await offer(topics, ingestion, payer, a_rate("0.06"), listed_at=utc_now() - timedelta(days=8))
    stale = await advised(tenant, "0.528")
    marked = await tenant.get("recommendations/portfolio")
    await offer(topics, ingestion, payer, a_rate("0.05"))
    fresh = await advised(tenant, "0.44")
    mended = await tenant.get("recommendations/portfolio")
    await offer(topics, ingestion, payer, a_rate("0.04"), listed_at=utc_now() - timedelta(days=9))
    await offer(
        topics, ingestion, payer, a_rate("0.08"), listed_at=utc_now() + timedelta(minutes=1)
    )
    await advised(tenant, "0.704")

    assert stale["items"][0]["stale_offers"] is True
    assert marked["items"][0]["stale_offers"] is True
    assert "too old to buy on" in marked["items"][0]["reasons"]["what_could_go_wrong"][-1]
    assert mended["items"][0]["stale_offers"] is False
    assert any("too old" in each for each in stale["items"][0]["left_out"])
    assert fresh["items"][0]["stale_offers"] is False


async def test_without_prices_nothing_is_advised_and_the_payer_is_named(
    a_tenant: ATenant, topics: Topics, usage: Callable[..., bytes]
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    await publish(topics, tenant, 1, usage(payer))

    async def named() -> bool:
        answer = await tenant.get("recommendations")
        return bool(answer["without_prices"] == [payer] and answer["items"] == [])

    await until(named)


@pytest.mark.req("COM-40", part="who buys asks for the advice of an organization")
async def test_autosavings_gets_the_variant_that_binds_least(
    a_tenant: ATenant,
    topics: Topics,
    ingestion: Ingestion,
    usage: Callable[..., bytes],
    commitments: Running,
    service_token: Callable[[str, str], str],
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    rates = [a_rate("0.05", term_months=36), a_rate("0.055", payment_option="All Upfront")]
    await offer(topics, ingestion, payer, *rates, a_rate("0.06"))
    await publish(topics, tenant, 1, usage(payer))
    await advised(tenant, "0.528")

    url = f"{commitments.url}/internal/recommendations"
    body = {"organization_id": tenant.organization_id}
    token = {"Authorization": f"Bearer {service_token('autosavings', 'commitments')}"}
    asked = await tenant.owner.http.post(url, json=body, headers=token)
    by_a_person = await tenant.owner.http.post(
        url, json=body, headers={"Authorization": f"Bearer {tenant.owner.token}"}
    )

    (advice,) = RecommendationsAnswer.model_validate(asked.json()).recommendations
    assert [advice.term_years, advice.payment_option] == [1, "No Upfront"]
    assert [advice.payer_account_id, advice.hourly_commitment] == [payer, Decimal("0.528")]
    assert advice.offer_rate_date == utc_now().date()
    assert by_a_person.status_code == 401


@pytest.mark.req("COM-40", part="advice that changed is told once")
async def test_advice_that_changed_after_an_import_is_told(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Callable[..., bytes]
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    await offer(topics, ingestion, payer, a_rate("0.06"))
    await publish(topics, tenant, 1, usage(payer))
    first = await topics.said(RecommendationMade, tenant.organization_id)

    await publish(topics, tenant, 2, usage(payer))
    await publish(topics, tenant, 3, usage(payer, cost="2"))
    both = await topics.said(RecommendationMade, tenant.organization_id, least=2)

    assert [plan.monthly_savings for plan in first[0].plans] == [Decimal("256.96")]
    savings = [plan.monthly_savings for event in both for plan in event.plans]
    assert savings == [Decimal("256.96"), Decimal("899.36")]


@pytest.mark.req("COM-41", part="a portfolio per payer over HTTP, with its proven gap")
async def test_a_portfolio_is_recommended_within_the_limits_asked_for(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Callable[..., bytes]
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    rates = [a_rate("0.06"), a_rate("0.055", payment_option="All Upfront")]
    await offer(topics, ingestion, payer, *rates, a_rate("0.05", "EC2Instance"))
    await publish(topics, tenant, 1, usage(payer))
    await advised(tenant, "0.528")

    single = await tenant.get("recommendations?robust=false")
    best = await tenant.get("recommendations/portfolio?robust=false")
    kept = await tenant.get(
        "recommendations/portfolio?cash=0&currency=USD&ec2_instance_savings_plan_share=0&robust=false"
    )
    tenant.owner.headers["Accept-Language"] = "ko"
    korean = await tenant.get("recommendations/portfolio?robust=false")
    negative = tenant.path("recommendations/portfolio?cash=-1")
    refused = await tenant.owner.ask("GET", negative)

    assert [
        (each["commitment_type"], each["family"], each["hourly_commitment"])
        for each in single["items"]
    ] == [
        ("compute_savings_plan", None, "0.6"),
        ("compute_savings_plan", None, "0.55"),
        ("ec2_instance_savings_plan", "m5", "0.5"),
    ]
    assert single["items"][2]["reasons"]["what"][0].startswith(
        "EC2 Instance Savings Plan m5 us-east-1 (1 year, no upfront): commit 0.5 USD an hour"
    )
    (first,), (limited,) = best["items"], kept["items"]
    (plan,) = first["bought"]
    assert [plan["commitment_type"], plan["family"], plan["region"]] == [
        "ec2_instance_savings_plan",
        "m5",
        "us-east-1",
    ]
    assert [plan["hourly_commitment"], first["monthly_savings"]] == ["0.5", "365"]
    assert [plan["buy_at_cause"], plan["ending_commitment_id"]] == ["not_covered", None]
    assert plan["buy_at"] < plan["return_until"]
    assert plan["resellable"] is False
    assert [first["hours"], len(first["offers"]), first["keeps_limits"]] == [HOURS, 3, True]
    assert Decimal(first["gap_percent"]) <= Decimal("0.1")
    assert [each["offer"] for each in limited["bought"]] == ["compute_savings_plan/1/No Upfront"]
    assert limited["monthly_savings"] == "292"
    assert refused.status_code == 422
    assert "This saves 365.00 USD a month." in first["reasons"]["what"]
    assert "월 예상 절감액: 365.00 USD." in korean["items"][0]["reasons"]["what"]


@pytest.mark.req("COM-45", part="over HTTP, without a trace")
async def test_what_if_answers_beside_the_unchanged_portfolio(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Callable[..., bytes]
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    await offer(topics, ingestion, payer, a_rate("0.06"))
    await publish(topics, tenant, 1, usage(payer))
    await advised(tenant, "0.528")
    path = tenant.path("recommendations/portfolio/what-if")
    name, bold = "compute_savings_plan/1/No Upfront", {"robust": False}

    half = await tenant.owner.post(
        path,
        {"usage": [{"factor": "0.5", "service": "AmazonEC2"}], "portfolio": bold},
        expect=200,
    )
    less = {"offer": name, "hourly_commitment": "0.3"}
    given = await tenant.owner.post(path, {"bought": [less], "portfolio": bold}, expect=200)
    unknown = await tenant.owner.ask("POST", path, {"bought": [less | {"offer": "none"}]})
    after = await tenant.get("recommendations/portfolio?robust=false")

    (halved,), (bought,) = half["items"], given["items"]
    assert [halved["unchanged"]["monthly_savings"], halved["changed"]["monthly_savings"]] == [
        "292",
        "146",
    ]
    assert bought["changed"]["bought"][0]["hourly_commitment"] == "0.3"
    assert bought["changed"]["monthly_savings"] == "146"
    assert bought["changed"]["coverage_after_percent"] == "50"
    assert [unknown.status_code, unknown.json()["code"]] == [422, "offer-unknown"]
    same = {each["id"] for each in (after["items"][0], bought["unchanged"], halved["unchanged"])}
    assert len(same) == 1
    assert bought["changed"]["id"] not in same


async def test_amounts_are_for_one_payer(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Callable[..., bytes]
) -> None:
    tenant, payer, other = await a_tenant(), a_payer(), a_payer()
    await offer(topics, ingestion, payer, a_rate("0.06"))
    await publish(topics, tenant, 1, usage(payer), usage(other))
    await advised(tenant, "0.528")
    path = tenant.path("recommendations/portfolio/what-if")
    given = {"offer": "compute_savings_plan/1/No Upfront", "hourly_commitment": "0.3"}

    refused = await tenant.owner.ask("POST", path, {"bought": [given]})
    chosen = {"portfolio": {"payer_account_id": payer}, "bought": [given]}
    answered = await tenant.owner.post(path, chosen, expect=200)

    assert [refused.status_code, refused.json()["code"]] == [422, "payer-needed"]
    assert [each["changed"]["payer_account_id"] for each in answered["items"]] == [payer]


@pytest.mark.req("COM-42", part="robust unless asked otherwise, over HTTP")
@pytest.mark.req("COM-33", part="recommendations use planned changes and say so")
async def test_advice_is_robust_and_takes_planned_changes_into_account(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Callable[..., bytes]
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    await offer(topics, ingestion, payer, a_rate("0.06"))
    await publish(topics, tenant, 1, usage(payer))
    await advised(tenant, "0.528")
    soon = utc_now().date() + timedelta(days=1)
    half_goes = {
        "name": "to the other cloud",
        "kind": "migration",
        "scope": {"service": "AmazonEC2"},
        "starts_on": soon.isoformat(),
        "share_percent": "-50",
        "confidence_percent": "100",
    }

    before = await tenant.get("recommendations/portfolio")
    await tenant.owner.post(tenant.path("planned-changes"), half_goes, expect=201)
    variants = await advised(tenant, "0.264")
    after = await tenant.get("recommendations/portfolio")

    (bought,), (halved,), (variant,) = before["items"], after["items"], variants["items"]
    assert [bought["bought"][0]["hourly_commitment"], bought["planned_changes"]] == ["0.528", []]
    assert [each["guard"] for each in bought["guards"]] == ["baseline"]
    assert halved["bought"][0]["hourly_commitment"] == "0.264"
    for advice in (halved, variant):
        (planned,) = advice["planned_changes"]
        assert planned["name"] == "to the other cloud"
        # Half of 1 an hour, of 730; in its first day all of it is still there.
        assert Decimal(-365) <= Decimal(planned["monthly_usage_added"]) < Decimal(-350)
        assert any("to the other cloud" in each for each in advice["reasons"]["assumed"])
