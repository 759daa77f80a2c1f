"""Advice for payers of Azure over HTTP, alone and beside one of AWS."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.commitments.recommendations.test_azure import a_rate, a_reservation, named
from tests.commitments.recommendations.test_over_http import (
    a_payer,
    advised,
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
from finops_common.contracts.ingestion import (
    InventoryListed,
    ListedCommitment,
    OffersListed,
    PriceList,
)
from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate
from finops_common.ids import new_id
from finops_common.testing.services import Running

__all__ = ["usage"]

DAYS = 16
PLAN = "azure_savings_plan/1/No Upfront"
SMALL = "azure_reservation/koreacentral/Standard_D2s_v5/1/No Upfront"
ROOT = "recommendations/portfolio"

Machines = Callable[..., bytes]


@pytest.fixture
def machines(a_record: Callable[..., Any], part_of: Callable[..., bytes]) -> Machines:
    """Days of virtual machines as Azure bills them: of each size how many, on even and odd days."""

    def build(payer: str, **sizes: tuple[int, int]) -> bytes:
        today = now().replace(hour=0)
        return part_of(
            *(
                a_record(
                    hour=today - timedelta(days=day),
                    charge_span="day",
                    provider="Microsoft",
                    payer_account_id=payer,
                    account_id="9ec51cfd",
                    service="Virtual Machines",
                    region="koreacentral",
                    usage_type=f"{size} v5",
                    instance_type=named(size),
                    usage_unit="Hours",
                    usage_quantity=str(24 * counts[day % 2]),
                    list_cost=str(counts[day % 2]),
                )
                for day in range(DAYS)
                for size, counts in sizes.items()
                if counts[day % 2]
            )
        )

    return build


async def offer_azure(
    topics: Topics, ingestion: Ingestion, payer: str, *listed: SavingsPlanRate | ReservationOffer
) -> None:
    """Publish a price list as ingestion does."""
    price_list = PriceList(
        price_list_id=new_id(),
        listed_at=utc_now(),
        rows=[each for each in listed if isinstance(each, SavingsPlanRate)],
        reservations=[each for each in listed if isinstance(each, ReservationOffer)],
    )
    ingestion.lists[str(price_list.price_list_id)] = price_list
    told = OffersListed(
        price_list_id=price_list.price_list_id,
        provider="Microsoft",
        payer_account_id=payer,
        listed_at=price_list.listed_at,
        rows=len(listed),
    )
    await topics.send(told)


LISTED = (
    *(a_reservation("D2s", "0.06"), a_reservation("D2s", "0.06", "All Upfront")),
    *(a_reservation("D2s", "0.04", years=3), a_rate("D2s", "0.07"), a_rate("B2s", "0.035")),
)


@pytest.mark.req("COM-41", part="Azure over HTTP: a reservation wins, beside a payer of AWS")
@pytest.mark.req("COM-44", part="Azure: what its bills and rights leave to be assumed, in words")
async def test_steady_machines_are_reserved_beside_a_payer_of_aws(
    a_tenant: ATenant,
    topics: Topics,
    ingestion: Ingestion,
    usage: Callable[..., bytes],
    machines: Machines,
) -> None:
    tenant, azure, aws = await a_tenant(), f"8{a_payer()[1:]}", f"9{a_payer()[1:]}"
    await offer_azure(topics, ingestion, azure, *LISTED)
    await offer(topics, ingestion, aws, a_rate_of_aws("0.06"))
    await publish(topics, tenant, 1, machines(azure, D2s=(10, 10)), usage(aws))
    await advised(tenant, "0.616")

    best = await tenant.get(f"{ROOT}?robust=false")
    upfront = await tenant.get(f"{ROOT}?robust=false&payment_option=All+Upfront")
    without = await tenant.get(f"{ROOT}?robust=false&azure_reservation_share=0")
    some = await tenant.owner.post(
        tenant.path(f"{ROOT}/what-if"),
        {
            "bought": [{"offer": SMALL, "count": 4}],
            "portfolio": {"robust": False, "payer_account_id": azure},
        },
        expect=200,
    )
    spoken = {}
    for language in ("ko", "ja"):
        tenant.owner.headers["Accept-Language"] = language
        spoken[language] = (await tenant.get(f"{ROOT}?robust=false"))["items"][0]["reasons"]

    first, second = best["items"]
    assert [first["provider"], second["provider"]] == ["Microsoft", "AWS"]
    assert [first["payer_account_id"], second["payer_account_id"]] == [azure, aws]
    (reserved,), (plan,) = first["bought"], second["bought"]
    assert [reserved["offer"], reserved["count"], reserved["family"]] == [SMALL, 10, "Dsv5"]
    assert reserved["commitment_type"] == "azure_reservation"
    assert first["monthly_savings"] == "292"
    assert Decimal(first["gap_percent"]) <= Decimal("0.5")
    # Azure's rights, not those of AWS.
    assert [reserved["return_until"], reserved["resellable"], reserved["refundable"]] == [
        *(None, False, True),
    ]
    assert [plan["offer"], plan["refundable"]] == ["compute_savings_plan/1/No Upfront", False]
    assert plan["return_until"] is not None
    assert not any("EC2" in each for each in first["left_out"])
    assert any("even over their 24 hours" in each for each in first["left_out"])
    assert not any("Azure" in each for each in second["left_out"])
    words = first["reasons"]
    assert words["what"][0].startswith(
        "Azure reservation Standard_D2s_v5 koreacentral (1 year, no upfront): buy 10. 5,256.00 USD"
    )
    assert any("even over its 24 hours" in each for each in words["assumed"])
    assert any("50,000 USD" in each for each in words["what_could_go_wrong"])
    assert not any("Azure" in each for each in second["reasons"]["assumed"])
    assert any("24시간에 고르게" in each for each in spoken["ko"]["assumed"])
    assert any("24 時間に均等" in each for each in spoken["ja"]["assumed"])
    assert [each["upfront"] for each in upfront["items"][0]["bought"]] == ["5256"]
    (planned,) = without["items"][0]["bought"]
    assert [planned["offer"], planned["hourly_commitment"]] == [PLAN, "0.7"]
    (changed,) = some["items"]
    assert [each["count"] for each in changed["changed"]["bought"]] == [4]
    assert changed["changed"]["monthly_savings"] == "116.8"


@pytest.mark.req("COM-41", part="Azure over HTTP: a savings plan wins where sizes come and go")
@pytest.mark.req("COM-40", part="Azure savings plans as variants, exported and drawn; never bought")
async def test_changing_machines_get_a_plan_which_nobody_buys_of_itself(
    a_tenant: ATenant,
    topics: Topics,
    ingestion: Ingestion,
    machines: Machines,
    commitments: Running,
    service_token: Callable[[str, str], str],
) -> None:
    tenant, number = await a_tenant(), a_payer()
    # FOCUS writes the account that is registered by its number so.
    payer = f"/providers/Microsoft.Billing/billingAccounts/{number}"
    await offer_azure(topics, ingestion, number, *LISTED)
    await publish(topics, tenant, 1, machines(payer, D2s=(10, 0), B2s=(0, 20)))
    answer = await advised(tenant, "0.616")

    best = await tenant.get(f"{ROOT}?robust=false")
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
    assert [plan["offer"], plan["commitment_type"]] == [PLAN, "azure_savings_plan"]
    assert [plan["hourly_commitment"], item["monthly_savings"]] == ["0.7", "219"]
    assert [plan["return_until"], plan["resellable"], plan["refundable"]] == [None, False, False]
    assert any(
        "neither cancelled nor exchanged" in each for each in item["reasons"]["what_could_go_wrong"]
    )
    alone = [(each["provider"], each["commitment_type"]) for each in answer["items"]]
    # A reservation alone saves too, though less than the plan.
    assert alone == [("Microsoft", "azure_savings_plan"), ("Microsoft", "azure_reservation")]
    assert Decimal(answer["items"][1]["monthly_savings"]) < 219
    assert payer in sheet.text
    assert "azure_savings_plan" in sheet.text
    assert "0.616 USD/h" in Drawn(chart.content).told
    assert RecommendationsAnswer.model_validate(asked.json()).recommendations == []


@pytest.mark.req("COM-40", part="findings tell of nothing that nobody can buy")
async def test_a_payer_of_azure_is_told_of_no_plan_to_buy(
    a_tenant: ATenant,
    topics: Topics,
    ingestion: Ingestion,
    usage: Callable[..., bytes],
    machines: Machines,
) -> None:
    tenant, azure, aws = await a_tenant(), f"8{a_payer()[1:]}", f"9{a_payer()[1:]}"
    await offer_azure(topics, ingestion, azure, *LISTED)
    await offer(topics, ingestion, aws, a_rate_of_aws("0.06"))

    await publish(topics, tenant, 1, machines(azure, D2s=(10, 10)), usage(aws))
    (made, *_) = await topics.said(RecommendationMade, tenant.organization_id)

    assert [plan.payer_account_id for plan in made.plans] == [aws]


@pytest.mark.req("COM-41", part="Azure over HTTP: what was bought yesterday is not bought again")
async def test_what_was_bought_yesterday_is_owned_once_it_is_listed(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, machines: Machines
) -> None:
    tenant, number = await a_tenant(), a_payer()
    payer = f"/providers/Microsoft.Billing/billingAccounts/{number}"
    await offer_azure(topics, ingestion, number, *LISTED)
    await publish(topics, tenant, 1, machines(payer, D2s=(10, 10)))
    await advised(tenant, "0.616")
    yesterday = now() - timedelta(days=1)
    bought = ListedCommitment(
        provider="Microsoft",
        id="/providers/Microsoft.Capacity/reservationOrders/1/reservations/2",
        kind="reservation",
        type="Reservation",
        owner_account_id="9ec51cfd",
        region="koreacentral",
        instance_type="Standard_D4s_v5",
        quantity=Decimal(2),
        term_months=12,
        payment_option="Monthly",
        starts_at=yesterday,
        ends_at=yesterday + timedelta(days=365),
        state="active",
    )

    await topics.send(
        InventoryListed(
            billing_source_id=tenant.source.id,
            company_id=UUID(tenant.company_id),
            organization_id=tenant.id,
            payer_account_id=number,
            snapshot=new_id(),
            listed_at=utc_now(),
            part=0,
            parts=1,
            commitments=(bought,),
        )
    )

    async def fewer() -> list[dict[str, Any]] | None:
        (item,) = (await tenant.get(f"{ROOT}?robust=false"))["items"]
        return item["bought"] if item["coverage_before_percent"] != "0" else None

    # Two of the larger size are four of the ten that run.
    left = await until(fewer)
    assert left is not None
    assert [(each["offer"], each["count"]) for each in left] == [(SMALL, 6)]
