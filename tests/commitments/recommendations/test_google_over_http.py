"""Advice for Google payers over HTTP, alone and beside one of AWS."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.recommendations.google_builders import (
    CORE,
    CORES,
    E2,
    FLEXIBLE,
    LIST,
    MEMORY,
    RAM,
    flexible,
    resources,
)
from tests.commitments.recommendations.test_over_http import (
    a_payer,
    now,
    offer,
    publish,
    usage,
)
from tests.commitments.recommendations.test_over_http import a_rate as a_rate_of_aws
from tests.commitments.service import ATenant, Ingestion, Topics, until
from tests.common.pictures.drawn import Drawn

from finops_common.clock import utc_now
from finops_common.contracts.commitments import RecommendationMade
from finops_common.contracts.commitments_queries import RecommendationsAnswer
from finops_common.contracts.ingestion import OffersListed, PriceList
from finops_common.ids import new_id
from finops_common.testing.services import Running

__all__ = ["usage"]

HOURS = 480
ROOT = "recommendations/portfolio"
Machines = Callable[..., bytes]


@pytest.fixture
def machines(a_record: Callable[..., Any], part_of: Callable[..., bytes]) -> Machines:
    """How much of each SKU ran in the even and the odd hours of the newest twenty days."""

    def build(payer: str, used: dict[str, tuple[int, int]]) -> bytes:
        return part_of(
            *(
                a_record(
                    hour=now() - timedelta(hours=hour),
                    provider="Google Cloud",
                    service="Compute Engine",
                    payer_account_id=payer,
                    account_id="shop",
                    region="us-central1",
                    usage_type=usage_type,
                    instance_type=None,
                    usage_quantity=str(amounts[hour % 2]),
                    list_cost=str(Decimal(LIST[usage_type]) * amounts[hour % 2]),
                )
                for hour in range(HOURS)
                for usage_type, amounts in used.items()
                if amounts[hour % 2]
            )
        )

    return build


async def offer_google(topics: Topics, ingestion: Ingestion, payer: str) -> None:
    """Publish a price list as ingestion does."""
    price_list = PriceList(
        price_list_id=new_id(),
        listed_at=utc_now(),
        rows=[*flexible(), *flexible("0.54", 36)],
        reservations=resources(),
    )
    ingestion.lists[str(price_list.price_list_id)] = price_list
    told = OffersListed(
        price_list_id=price_list.price_list_id,
        provider="Google Cloud",
        payer_account_id=payer,
        listed_at=price_list.listed_at,
        rows=len(price_list.rows) + len(price_list.reservations),
    )
    await topics.send(told)


@pytest.mark.req("COM-41", part="Google over HTTP: units win, beside a payer of AWS")
@pytest.mark.req("COM-44", part="Google: what it has no dates and no resale for, in words")
@pytest.mark.req("COM-45", part="Google: numbers of units")
async def test_a_steady_machine_is_committed_to_in_units_beside_a_payer_of_aws(
    a_tenant: ATenant,
    topics: Topics,
    ingestion: Ingestion,
    usage: Callable[..., bytes],
    machines: Machines,
) -> None:
    tenant, google, aws = await a_tenant(), f"0{a_payer()[1:]}", f"9{a_payer()[1:]}"
    await offer_google(topics, ingestion, google)
    await offer(topics, ingestion, aws, a_rate_of_aws("0.06"))
    steady = machines(google, {CORE: (4, 4), RAM: (16, 16)})
    await publish(topics, tenant, 1, steady, usage(aws))

    async def both() -> list[Any]:
        items = (await tenant.get(f"{ROOT}?robust=false&longest_term_years=1"))["items"]
        return items if len(items) == 2 else []

    first, second = await until(both)
    without = await tenant.get(
        f"{ROOT}?robust=false&longest_term_years=1&resource_based_cud_share=0"
    )
    some = await tenant.owner.post(
        tenant.path(f"{ROOT}/what-if"),
        {
            "bought": [{"offer": CORES, "count": 2}],
            "portfolio": {"robust": False, "longest_term_years": 1, "payer_account_id": google},
        },
        expect=200,
    )
    spoken = {}
    for language in ("ko", "ja"):
        tenant.owner.headers["Accept-Language"] = language
        spoken[language] = (await tenant.get(f"{ROOT}?robust=false&longest_term_years=1"))["items"][
            0
        ]["reasons"]

    assert [first["provider"], second["provider"]] == ["Google Cloud", "AWS"]
    assert [first["payer_account_id"], second["payer_account_id"]] == [google, aws]
    assert {each["offer"]: each["count"] for each in first["bought"]} == {CORES: 4, MEMORY: 16}
    cores = first["bought"][0]
    assert [cores["commitment_type"], cores["platform"]] == ["resource_based_cud", "vcpu"]
    # 37 % below list, but sustained use alone takes 20 % off what runs all month.
    assert cores["discount_off_list_percent"].startswith("36.99")
    assert cores["discount_off_on_demand_percent"].startswith("21.3")
    assert first["monthly_on_demand_before"].startswith("113.5")
    assert first["monthly_savings"] == "24.195725"
    assert Decimal(first["gap_percent"]) <= Decimal("0.5")
    assert [cores["return_until"], cores["resellable"], cores["refundable"]] == [None, False, False]
    assert any("ratio of memory to cores" in each for each in first["left_out"])
    assert not any("Google" in each for each in second["left_out"])
    (planned,) = without["items"][0]["bought"]
    assert [planned["offer"], planned["hourly_commitment"]] == [FLEXIBLE, "0.13984"]
    (changed,) = some["items"]
    assert changed["changed"]["monthly_savings"] == "7.874267"
    assert [each["count"] for each in changed["changed"]["bought"]] == [2]
    words = first["reasons"]
    assert any(
        "Google takes sustained-use discount" in each and "37 %" in each and "21.3 %" in each
        for each in words["assumed"]
    )
    assert any("Google cancels no commitment" in each for each in words["what_could_go_wrong"])
    for language, sustained in (("ko", "지속 사용 할인"), ("ja", "継続利用割引")):
        assert any("24.20 USD" in each for each in spoken[language]["what"])
        assert any(
            (sustained in each and "37%" in each) or "37 %" in each
            for each in spoken[language]["assumed"]
        )


@pytest.mark.req("COM-41", part="Google over HTTP: money wins where families take turns")
@pytest.mark.req("COM-40", part="Google as variants, exported and drawn; never bought")
async def test_changing_machines_get_a_flexible_commitment_which_nobody_buys_of_itself(
    a_tenant: ATenant,
    topics: Topics,
    ingestion: Ingestion,
    machines: Machines,
    commitments: Running,
    service_token: Callable[[str, str], str],
) -> None:
    tenant, payer = await a_tenant(), f"0{a_payer()[1:]}"
    await offer_google(topics, ingestion, payer)
    # The same cost an hour in two families: cores of either would lie idle half of the time.
    await publish(topics, tenant, 1, machines(payer, {CORE: (69, 0), E2: (0, 100)}))

    async def there() -> list[Any]:
        items: list[Any] = (await tenant.get("recommendations?robust=false"))["items"]
        return items

    variants = await until(there)
    best = await tenant.get(f"{ROOT}?robust=false&longest_term_years=1")
    sheet = await tenant.owner.ask(
        "GET", tenant.path("recommendations/export?format=csv"), expect=200
    )
    chart = await tenant.owner.ask("GET", tenant.path("charts/recommendations"), expect=200)
    asked = await tenant.owner.http.post(
        f"{commitments.url}/internal/recommendations",
        json={"organization_id": tenant.organization_id},
        headers={"Authorization": f"Bearer {service_token('autosavings', 'commitments')}"},
    )

    (item,) = best["items"]
    (plan,) = item["bought"]
    assert [plan["offer"], plan["commitment_type"]] == [FLEXIBLE, "flexible_cud"]
    assert {each["provider"] for each in variants or []} == {"Google Cloud"}
    alone = [(each["commitment_type"], each["term_years"]) for each in variants or []]
    assert alone[:2] == [("flexible_cud", 1), ("flexible_cud", 3)]
    assert payer in sheet.text
    assert "flexible_cud" in sheet.text
    assert "USD/h" in Drawn(chart.content).told
    assert RecommendationsAnswer.model_validate(asked.json()).recommendations == []


@pytest.mark.req("COM-40", part="findings tell of nothing of Google that nobody can buy")
async def test_a_payer_of_google_is_told_of_no_plan_to_buy(
    a_tenant: ATenant,
    topics: Topics,
    ingestion: Ingestion,
    usage: Callable[..., bytes],
    machines: Machines,
) -> None:
    tenant, google, aws = await a_tenant(), f"0{a_payer()[1:]}", f"9{a_payer()[1:]}"
    await offer_google(topics, ingestion, google)
    await offer(topics, ingestion, aws, a_rate_of_aws("0.06"))

    await publish(topics, tenant, 1, machines(google, {CORE: (4, 4)}), usage(aws))
    (made, *_) = await topics.said(RecommendationMade, tenant.organization_id)

    assert [plan.payer_account_id for plan in made.plans] == [aws]
