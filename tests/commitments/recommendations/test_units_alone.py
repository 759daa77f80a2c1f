"""Reservations as variants: whole units alone, when to buy them, and what can be given back."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.commitments.recommendations.test_reservations import a_rate, a_reservation

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.domain import Commitment
from finops_commitments.inventory.domain import Kind as Held
from finops_commitments.offers.domain import Kind, PaymentOption, Terms
from finops_commitments.offers.packing import Plan, packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.portfolio.market import Offer
from finops_commitments.recommendations.domain import Sizing, size_commitment
from finops_commitments.recommendations.variants import Asked, Variant, variants
from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate

Record = dict[str, Any]
PAYER = "111111111111"
SINCE = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = 240
UNTIL = SINCE + timedelta(hours=HOURS)
M5 = Plan(Kind.RESERVED_INSTANCE, "us-east-1", "m5", "m5.large", "Linux/UNIX", "AmazonEC2")


def a_unit(price: str, prepaid: str = "0") -> Offer:
    terms = Terms(1, PaymentOption.NO_UPFRONT)
    return Offer(
        "unit", Kind.RESERVED_INSTANCE, terms, unit=Decimal(price), prepaid=Decimal(prepaid)
    )


@pytest.fixture
def running(a_record: Callable[..., Record]) -> Callable[..., list[Record]]:
    """So many m5.large in each hour of ten days, 0.1 each, or in a part of the hours."""

    def build(count: int, first: int = 0, last: int = HOURS, **known: Any) -> list[Record]:  # noqa: ANN401 - columns
        facts = {"list_cost": str(Decimal(count) / 10), "usage_quantity": str(count)}
        return [
            a_record(**facts | {"hour": SINCE + timedelta(hours=at)} | known)
            for at in range(first, last)
        ]

    return build


@pytest.fixture
def alone(records_of: Callable[[Sequence[Record]], HourlyRecords]) -> Callable[..., list[Variant]]:
    def build(
        rows: Sequence[Record],
        *reservations: ReservationOffer,
        rates: Sequence[SavingsPlanRate] = (),
        held: Sequence[Commitment] = (),
        robust: bool = False,
    ) -> list[Variant]:
        lists = packed(rates), packed(reservations)
        prices = StoredPrices("AWS", PAYER, uuid4(), UNTIL, *lists)
        asked = Asked(robust=robust)
        return variants(records_of(rows), [prices], held, SINCE, UNTIL, UNTIL, asked)

    return build


@pytest.mark.req("COM-40", part="reservations as variants, on each of their terms")
def test_a_reservation_is_a_variant_on_each_of_its_terms(
    running: Callable[..., list[Record]], alone: Callable[..., list[Variant]]
) -> None:
    offered = [
        a_reservation("0.06"),
        a_reservation("0.04", term_months=36),
        a_reservation("0", upfront=Decimal(500), payment_option="All Upfront"),
        # Dearer than on demand: not a variant.
        a_reservation("0.11", region="us-west-2"),
    ]
    rows = [*running(10), *running(3, region="us-west-2")]

    found = alone(rows, *offered)

    assert {each.plan for each in found} == {M5}
    assert [
        (each.sizing.terms.years, each.sizing.terms.payment_option.value, each.sizing.count)
        for each in found
    ] == [(1, "No Upfront", 10), (1, "All Upfront", 10), (3, "No Upfront", 10)]
    monthly, prepaid, _ = (each.sizing for each in found)
    assert [monthly.hourly_commitment, monthly.monthly_savings] == [Decimal("0.6"), 292]
    # An hour of it has no end as a decimal; what is paid has.
    assert [prepaid.upfront, prepaid.total_commitment] == [5000, 5000]
    assert prepaid.monthly_savings == pytest.approx(730 - Decimal(5000) / 12, abs=Decimal("1e-5"))
    assert prepaid.break_even_months == pytest.approx(Decimal(5000) / 730)
    assert [each.hourly_commitment for each in monthly.smaller] == [
        Decimal(6 * count) / 100 for count in range(1, 10)
    ]
    assert len({each.id for each in found}) == len(found)


@pytest.mark.req("COM-40", part="the number of a reservation alone is the best there is")
@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=12),
    st.sampled_from(["0.03", "0.5", "0.71", "0.9"]),
)
def test_no_other_number_saves_more(counts: list[int], share: str) -> None:
    price = Decimal(share) / 3
    demand = np.array([counts]) / 3

    found = size_commitment(demand, np.array([float(share)]), a_unit(str(price)))

    saved = {
        units: sum(min(each, units) / 3 - units * float(price) for each in counts)
        for units in range(11)
    }
    assert found.count is not None
    assert found.hourly_commitment == pytest.approx(price * found.count)
    assert saved[found.count] == pytest.approx(max(saved.values()), abs=1e-9)


def test_no_more_than_is_allowed_is_bought_and_never_a_part_of_one() -> None:
    demand, ratios = np.full((1, 24), 1.0), np.array([0.6])

    def counted(most: str) -> int | None:
        return size_commitment(demand, ratios, a_unit("0.2"), most=Decimal(most)).count

    assert [counted(each) for each in ("1", "0.6", "0.59", "0.2", "0.19", "0")] == [
        *(3, 3, 2, 1, 0, 0),
    ]


@pytest.mark.req("COM-40", part="buy_at of one commitment alone")
def test_what_is_covered_until_later_is_bought_then() -> None:
    demand = np.array([[0.0] * 10 + [1.0] * 14])

    def sized(*starts: int) -> Sizing:
        offer = Offer("", Kind.COMPUTE_SAVINGS_PLAN, Terms(1, PaymentOption.NO_UPFRONT))
        return size_commitment(demand, np.array([0.5]), offer, starts=starts)

    # Bought now it costs ten hours in which it covers nothing; from 12 on it misses two.
    assert [sized(*each).best_start for each in ((), (10,), (12, 10, 5), (24,))] == [0, 10, 10, 0]


@pytest.mark.req("COM-40", part="buy_at of a reservation alone is when what is owned ends")
def test_a_reservation_is_bought_when_the_owned_one_ends(
    running: Callable[..., list[Record]], alone: Callable[..., list[Variant]]
) -> None:
    used = running(
        10,
        commitment_id="arn:ri",
        commitment_category="Usage",
        commitment_status="Used",
        pricing_category="Committed",
        effective_cost="0.5",
    )
    owned = Commitment(
        id="arn:ri",
        provider="AWS",
        kind=Held.CAPACITY,
        payer_account_id=PAYER,
        currency="USD",
        quantity=Decimal(10),
        unit="Hours",
        starts_at=SINCE - timedelta(days=300),
        ends_at=UNTIL + timedelta(hours=60),
    )

    (found,) = alone(used, a_reservation("0.06"), held=[owned])

    assert found.sizing.count == 10
    assert [found.sizing.best_start, found.sized.ending_commitment_id] == [60, "arn:ri"]


@pytest.mark.req("COM-42", part="reservations alone stay within the guards")
def test_guards_hold_reservations_back_too(
    running: Callable[..., list[Record]], alone: Callable[..., list[Variant]]
) -> None:
    (steady,) = alone(running(100), a_reservation("0.06"), robust=True)
    falling = alone([*running(100, 0, 100), *running(10, 100)], a_reservation("0.06"), robust=True)

    assert steady.sizing.count == 88
    assert [each.guard for each in steady.sized.guards] == ["baseline"]
    assert falling == []


@pytest.mark.req("COM-41", part="variants are alternatives: autosavings gets plans alone")
def test_plans_for_all_compute_come_first_and_reservations_after(
    running: Callable[..., list[Record]], alone: Callable[..., list[Variant]]
) -> None:
    rates = [a_rate("0.08", "Compute"), a_rate("0.07")]

    found = alone(running(10), a_reservation("0.06"), rates=rates)

    assert [each.plan.kind for each in found] == [
        *(Kind.COMPUTE_SAVINGS_PLAN, Kind.RESERVED_INSTANCE, Kind.EC2_INSTANCE_SAVINGS_PLAN),
    ]
    assert any("other usage than it could cover" in each for each in found[1].sizing.left_out)
