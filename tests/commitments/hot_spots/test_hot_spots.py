"""Where uncovered spend is, and what a commitment there would save."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.recommendations.test_over_http import a_payer, a_rate, now, offer, publish
from tests.commitments.service import ATenant, Ingestion, Topics, until

from finops_commitments.figures.domain import Group
from finops_commitments.figures.records import ALL, Filters, HourlyRecords
from finops_commitments.hot_spots.weighing import Hours, hottest, known_hours, weighed
from finops_commitments.offers.packing import packed
from finops_commitments.offers.repository import StoredPrices
from finops_common.contracts.ingestion_offers import SavingsPlanRate
from finops_common.ids import new_id

FIRST = datetime(2026, 10, 1, tzinfo=UTC)
DAY = Hours(FIRST, FIRST + timedelta(hours=24))
PAYER = "111111111111"
Build = Callable[[Sequence[Any]], HourlyRecords]


def prices(*rates: SavingsPlanRate, listed_at: datetime = FIRST) -> list[StoredPrices]:
    return [StoredPrices("AWS", PAYER, new_id(), listed_at, packed(rates))]


@pytest.fixture
def a_day(a_record: Callable[..., Any]) -> Callable[..., list[Any]]:
    """So much an hour at 0.1 an instance, for a day."""

    def build(cost: str, **place: str) -> list[Any]:
        priced = {"list_cost": cost, "usage_quantity": str(Decimal(cost) * 10)}
        hours = (FIRST + timedelta(hours=at) for at in range(24))
        return [a_record(hour=each, **priced, **place) for each in hours]

    return build


@pytest.mark.req("COM-25", part="each place with what a plan for it alone would save")
def test_each_place_is_weighed_by_its_own_usage(
    records_of: Build, a_day: Callable[..., list[Any]]
) -> None:
    rows = [
        *a_day("1", account_id="1"),
        *a_day("3", account_id="2"),
        *a_day("2", service="AmazonS3", usage_type="Storage"),
    ]
    records = records_of(rows)
    rates = [
        a_rate("0.06"),
        a_rate("0.05", term_months=36),
        a_rate("0.055", payment_option="All Upfront"),
    ]

    spots = hottest(records, ALL, 10)
    found = weighed(records, spots, ALL, prices(*rates), DAY, FIRST + timedelta(days=8))

    assert [each.figures.cell.group(Group.ACCOUNT) for each in found] == ["2", "1"]
    dear, cheap = found
    assert [each.figures.on_demand_cost for each in found] == [72, 24]
    assert [plan.hourly_commitment for plan in dear.plans] == [
        Decimal("1.8"),
        Decimal("1.65"),
        Decimal("1.5"),
    ]
    # 3 an hour at public price for 1.8, 730 hours.
    assert dear.plans[0].monthly_savings == Decimal("1.2") * 730
    assert cheap.plans[0].monthly_savings == Decimal("0.4") * 730
    assert [plan.terms.years for plan in dear.plans] == [1, 1, 3]
    assert [dear.stale, dear.offers_dated] == [True, FIRST.date()]
    assert hottest(records, ALL, 1) == spots[:1]


@pytest.mark.req("COM-25", part="nothing offered, nothing promised")
def test_without_prices_or_savings_no_plan_is_shown(
    records_of: Build, a_day: Callable[..., list[Any]]
) -> None:
    records = records_of(a_day("1"))
    spots = hottest(records, ALL, 10)

    (unpriced,) = weighed(records, spots, ALL, [], DAY, FIRST)
    (dearer,) = weighed(records, spots, ALL, prices(a_rate("0.2")), DAY, FIRST)
    (other,) = weighed(records, spots, ALL, prices(a_rate("0.01", usage_type="X")), DAY, FIRST)

    assert [unpriced.plans, unpriced.offers_dated] == [(), None]
    assert [dearer.plans, dearer.offers_dated] == [(), FIRST.date()]
    assert other.plans == ()


@pytest.mark.req("COM-25", part="hours no bill knows of are not empty ones")
def test_only_hours_that_bills_know_of_are_weighed(
    records_of: Build, a_day: Callable[..., list[Any]]
) -> None:
    records = records_of(a_day("1"))
    month = Filters(since=FIRST - timedelta(days=20), until=FIRST + timedelta(days=10))
    noon = FIRST + timedelta(hours=12, minutes=30)

    assert known_hours(records, month, noon) == Hours(FIRST, FIRST + timedelta(hours=12))
    assert known_hours(records, month, FIRST) is None
    assert known_hours(records_of([]), month, noon) is None


@pytest.mark.req("COM-25", part="hot spots online")
async def test_hot_spots_are_told_with_plans(
    a_tenant: ATenant,
    topics: Topics,
    ingestion: Ingestion,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    usage = {"payer_account_id": payer, "list_cost": "1", "usage_quantity": "10"}
    hours = [now() - timedelta(hours=at + 1) for at in range(24)]
    rows = [a_record(hour=each, account_id=name, **usage) for each in hours for name in ("a", "b")]
    await offer(topics, ingestion, payer, a_rate("0.06"))
    await publish(
        topics,
        tenant,
        1,
        part_of(*rows, *(a_record(hour=hours[0], account_id="b", **usage) for _ in "x")),
    )

    async def planned() -> Any:  # noqa: ANN401 - JSON
        found = await tenant.get("coverage/hot-spots")
        return found if found["items"] and found["items"][0]["plans"] else None

    found = await until(planned)

    assert [each["account_id"] for each in found["items"]] == ["b", "a"]
    spot = found["items"][1]
    assert [spot["on_demand_cost"], spot["payer_account_id"]] == ["24", payer]
    (plan,) = spot["plans"]
    assert [plan["hourly_commitment"], plan["monthly_savings"]] == ["0.6", "292"]
    assert not spot["stale_offers"]
    only = await tenant.get("coverage/hot-spots?limit=1&account=a")
    assert [each["account_id"] for each in only["items"]] == ["a"]
