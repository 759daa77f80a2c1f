"""Advice for payers of Azure: days as hours, reservations and savings plans from retail prices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.domain import Commitment
from finops_commitments.inventory.service import billed_at
from finops_commitments.offers.domain import Kind, PaymentOption
from finops_commitments.offers.packing import packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.optimum import priced
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import Ahead
from finops_commitments.recommendations.azure import as_hours
from finops_commitments.recommendations.markets import market_of
from finops_commitments.recommendations.portfolios import Advised, Wanted, solve
from finops_commitments.recommendations.variants import Asked, preferred, variants
from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate

Record = dict[str, Any]
RecordsOf = Callable[[Sequence[Record]], HourlyRecords]
Days = Callable[..., list[Record]]
Market = Callable[..., Ahead]

PAYER = "8611537"
SINCE = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 12
KNOWN = SINCE + timedelta(days=DAYS + 2)
"""Up to where the bill is known: its last two days may not be whole."""
PRICES = {
    "D2s": Decimal("0.1"),
    "D4s": Decimal("0.2"),
    "D8s": Decimal("0.4"),
    "B2s": Decimal("0.05"),
}
MONTHLY, UPFRONT = "No Upfront", "All Upfront"


def named(size: str) -> str:
    return f"Standard_{size}" + ("" if size.startswith("B") else "_v5")


def a_reservation(
    size: str, hourly: str, payment: str = MONTHLY, years: int = 1
) -> ReservationOffer:
    term = Decimal(hourly) * 8760 * years
    monthly = payment == MONTHLY
    return ReservationOffer(
        service="Virtual Machines",
        region="koreacentral",
        instance_type=named(size),
        platform="",
        term_months=12 * years,
        payment_option=payment,
        upfront=Decimal(0) if monthly else term,
        recurring_hourly=Decimal(hourly) if monthly else Decimal(0),
        currency="USD",
        on_demand_hourly=PRICES[size],
    )


def a_rate(size: str, rate: str, payment: str = MONTHLY, years: int = 1) -> SavingsPlanRate:
    return SavingsPlanRate(
        plan_type="AzureSavingsPlan",
        term_months=12 * years,
        payment_option=payment,
        region="koreacentral",
        usage_type=named(size),
        rate=Decimal(rate),
        currency="USD",
        on_demand_hourly=PRICES[size],
    )


@pytest.fixture
def running(a_record: Callable[..., Record]) -> Days:
    """Virtual machines of one size, day by day: how many, all day."""

    def build(size: str, counts: Sequence[float], **known: Any) -> list[Record]:  # noqa: ANN401 - columns of a record
        return [
            a_record(
                **{
                    "hour": SINCE + timedelta(days=at),
                    "charge_span": "day",
                    "provider": "Microsoft",
                    "payer_account_id": PAYER,
                    "account_id": "9ec51cfd",
                    "service": "Virtual Machines",
                    "region": "koreacentral",
                    "usage_type": f"{size} v5",
                    "operation": "ComputeHR",
                    "instance_type": named(size),
                    "platform": "Canonical",
                    "usage_unit": "Hours",
                    "usage_quantity": str(Decimal(str(count)) * 24),
                    "list_cost": str(PRICES[size] * Decimal(str(count)) * 24),
                }
                | known
            )
            for at, count in enumerate(counts)
            if count
        ]

    return build


def prices_of(*listed: ReservationOffer | SavingsPlanRate) -> StoredPrices:
    rates = [each for each in listed if isinstance(each, SavingsPlanRate)]
    reservations = [each for each in listed if isinstance(each, ReservationOffer)]
    kept = packed(reservations) if reservations else b""
    return StoredPrices("Microsoft", PAYER, uuid4(), KNOWN, packed(rates), kept)


@pytest.fixture
def market(records_of: RecordsOf) -> Market:
    """What a payer with this usage stands before."""

    def build(
        rows: Sequence[Record],
        *listed: ReservationOffer | SavingsPlanRate,
        held: Sequence[Commitment] = (),
        since: datetime = SINCE,
    ) -> Ahead:
        family = Family(PAYER, "USD")
        found = market_of(records_of(rows), prices_of(*listed), family, held, since, KNOWN)
        assert found is not None
        return found

    return build


def amounts(advised: Advised) -> Mapping[str, tuple[int | None, Decimal]]:
    return {e.offer.name: (e.count, e.hourly_commitment) for e in advised.outcome.bought}


STEADY = [10.0] * (DAYS + 2)
WANTED = Wanted(90, robust=False)
PLAN = "azure_savings_plan/1/No Upfront"
SMALL = "azure_reservation/koreacentral/Standard_D2s_v5/1/No Upfront"


@pytest.mark.req("COM-41", part="Azure: whole reservations at their part of the retail price")
def test_the_units_of_a_market_of_azure_are_those_of_the_price_list(
    running: Days, market: Market
) -> None:
    rows = [*running("D2s", STEADY), *running("D4s", STEADY)]

    ahead = market(rows, a_reservation("D2s", "0.06"), a_rate("D2s", "0.07"), a_rate("D4s", "0.15"))

    offers = {each.name: at for at, each in enumerate(ahead.market.offers)}
    assert set(offers) == {PLAN, SMALL}
    sizes = {usage.usage_type: at for at, usage in enumerate(ahead.classes)}
    small, large = sizes["Standard_D2s_v5"], sizes["Standard_D4s_v5"]
    assert ahead.market.hours == DAYS * 24
    assert (ahead.market.demand[small] == 1.0).all()
    assert (ahead.market.demand[large] == 2.0).all()
    ratios = ahead.market.ratios
    assert [ratios[small, offers[PLAN]], ratios[large, offers[PLAN]]] == [0.7, 0.75]
    # Of the group: a larger one counts as two, at twice the price.
    assert [ratios[small, offers[SMALL]], ratios[large, offers[SMALL]]] == [0.6, 0.6]
    assert ahead.market.offers[offers[SMALL]].unit == Decimal("0.06")
    assert ahead.plans[SMALL].family == "Dsv5"


@pytest.mark.req("COM-41", part="Azure: the cheaper of reservations and plans wins, with a gap")
def test_a_reservation_is_bought_where_it_is_cheaper_and_a_plan_where_sizes_come_and_go(
    running: Days, market: Market
) -> None:
    offers = (a_reservation("D2s", "0.06"), a_rate("D2s", "0.07"), a_rate("B2s", "0.035"))
    steady = running("D2s", STEADY)
    turns = [*running("D2s", [10, 0] * 7), *running("B2s", [0, 20] * 7)]

    reserved = solve(market(steady, *offers), WANTED)
    planned = solve(market(turns, *offers), WANTED)

    assert amounts(reserved) == {SMALL: (10, Decimal("0.6"))}
    assert reserved.outcome.monthly_savings == Decimal("0.04") * 10 * 730
    assert amounts(planned) == {PLAN: (None, Decimal("0.7"))}
    assert planned.outcome.monthly_savings == Decimal("0.3") * 730
    assert max(reserved.outcome.gap_percent, planned.outcome.gap_percent) <= Decimal("0.5")


@pytest.mark.req("COM-41", part="Azure: as good as the best of all portfolios, by brute force")
def test_no_portfolio_is_cheaper_than_the_one_that_is_advised(
    running: Days, market: Market
) -> None:
    rows = [
        *running("D2s", [3, 5, 4, 6, 2, 5, 3, 4, 6, 5, 3, 4, 0, 0]),
        *running("B2s", [8, 2, 5, 1, 9, 3, 7, 4, 2, 6, 8, 5, 0, 0]),
    ]
    ahead = market(
        rows,
        *(a_reservation("D2s", "0.062"), a_reservation("B2s", "0.03")),
        *(a_rate("D2s", "0.072"), a_rate("B2s", "0.034")),
    )

    best = solve(ahead, WANTED).portfolio

    units = [each.unit or Decimal("0.01") for each in ahead.market.offers]
    most = [10 if each.unit else 80 for each in ahead.market.offers]
    tried = (
        priced(ahead.market, [u * n for u, n in zip(units, counts, strict=True)], Limits(), 0.0)
        for counts in product(*(range(0, each + 1, 1 if each == 10 else 4) for each in most))
    )
    cheapest = min(each.cost for each in tried)
    assert best.bound <= cheapest
    assert best.cost <= cheapest * Decimal("1.001")
    assert best.gap <= Decimal("0.005")


@pytest.mark.req("COM-41", part="Azure: what stands unpaid of Windows is not counted as saved")
def test_windows_is_weighed_at_the_price_of_its_compute(running: Days, market: Market) -> None:
    rows = running("D2s", STEADY, platform="Windows", list_cost="460.8")

    ahead = market(rows, a_reservation("D2s", "0.06"))

    assert (ahead.market.demand[0] == 1.0).all()
    assert any("Windows" in each for each in ahead.left_out)


@pytest.mark.req("COM-41", part="Azure: both ways to pay cost the same")
def test_paying_at_once_costs_what_paying_monthly_does(running: Days, market: Market) -> None:
    offers = [a_reservation("D2s", "0.06", way) for way in (MONTHLY, UPFRONT)]
    ahead = market(running("D2s", STEADY), *offers)

    upfront = Wanted(90, robust=False, payment_options=frozenset({PaymentOption.ALL_UPFRONT}))
    (paid,), (due,) = (solve(ahead, each).outcome.bought for each in (upfront, WANTED))

    assert paid.total_commitment == due.total_commitment == 10 * Decimal("0.06") * 8760
    assert [paid.upfront, due.upfront] == [paid.total_commitment, 0]


def test_days_that_may_not_be_whole_are_left_out(running: Days, market: Market) -> None:
    late = [*running("D2s", [10.0] * DAYS), *running("D2s", [0] * DAYS + [1, 1])]

    ahead = market(late, a_rate("D2s", "0.07"))

    assert ahead.until == SINCE + timedelta(days=DAYS)
    assert (ahead.market.demand[0] == 1.0).all()
    assert ahead.signals.fall is None
    assert any("48 hours" in each for each in ahead.left_out)
    assert any("even over their 24 hours" in each for each in ahead.left_out)


def test_a_payer_known_for_some_days_is_sized_over_these(running: Days, market: Market) -> None:
    ahead = market(running("D2s", STEADY), a_rate("D2s", "0.07"), since=SINCE - timedelta(days=70))

    assert [ahead.since, ahead.market.hours] == [SINCE, DAYS * 24]


def test_what_a_list_does_not_price_is_named_with_its_cost(running: Days, market: Market) -> None:
    rows = [*running("D2s", STEADY), *running("B2s", STEADY)]

    ahead = market(rows, a_rate("D2s", "0.07"))

    assert [each.usage_type for each in ahead.classes] == ["Standard_D2s_v5"]
    assert "Virtual Machines B2s v5: no offer row (144 in the look-back)" in ahead.left_out


def test_hours_that_a_bill_does_tell_stay_as_they_are(running: Days, market: Market) -> None:
    day = running("D2s", STEADY[:1])[0]
    told = {"charge_span": "hour", "usage_quantity": Decimal(30), "list_cost": Decimal(99)}
    rows = [*running("D2s", STEADY), day | told | {"hour": SINCE + timedelta(hours=5)}]

    ahead = market(rows, a_rate("D2s", "0.07"))

    assert ahead.market.demand[0].tolist() == [1.0] * 5 + [4.0] + [1.0] * (DAYS * 24 - 6)


def test_spot_is_never_committed_to(running: Days, market: Market) -> None:
    spot = running("D2s", STEADY, usage_type="D2s v5 Spot", pricing_category="Dynamic")
    low = running("D2s", STEADY, usage_type="D2s v5 Low Priority")

    ahead = market([*running("D2s", STEADY), *spot, *low], a_rate("D2s", "0.07"))

    assert ahead.market.demand.sum() == pytest.approx(DAYS * 24)


@pytest.mark.req("COM-41", part="Azure: a size is one, however bills and lists spell it")
def test_sizes_are_one_in_whatever_case_they_are_spelt(running: Days, market: Market) -> None:
    rows = running("D2s", STEADY, instance_type="standard_d2S_V5")
    other = a_rate("D2s", "0.07").model_copy(update={"usage_type": "Standard_D2S_v5"})

    ahead = market(rows, a_reservation("D2s", "0.06"), other)

    assert ahead.market.demand.sum(axis=0).tolist() == [1.0] * DAYS * 24
    assert amounts(solve(ahead, WANTED)) == {SMALL: (10, Decimal("0.6"))}


@pytest.mark.req("COM-41", part="Azure: nothing is reserved for what is billed in other units")
def test_what_is_billed_by_the_hundred_hours_is_not_reserved(running: Days, market: Market) -> None:
    hundreds = running("D2s", STEADY, usage_unit="100 Hours", usage_quantity="2.4")

    ahead = market([*running("D2s", STEADY), *hundreds], a_reservation("D2s", "0.06"))

    assert ahead.market.demand.tolist() == [[1.0] * DAYS * 24]


COVERED = {
    "pricing_category": "Committed",
    "commitment_id": "/providers/Microsoft.Capacity/reservationOrders/1/reservations/2",
    "commitment_type": "Reservation",
    "commitment_category": "Usage",
    "commitment_status": "Used",
    "commitment_unit": "Hours",
    "effective_cost": "14.4",
}


@pytest.mark.req("COM-41", part="Azure: what is owned stays covered until it ends")
def test_what_a_reservation_covers_is_bought_for_when_it_ends_and_not_before(
    running: Days, records_of: RecordsOf, market: Market
) -> None:
    rows = running("D2s", STEADY, commitment_quantity="240", **COVERED)
    open_rows = running("B2s", STEADY)
    (owned,) = billed_at(records_of([*rows, *open_rows]), KNOWN).commitments

    ends = replace(owned, ends_at=SINCE + timedelta(days=DAYS + 3))
    offers = (a_rate("D2s", "0.07"), a_rate("B2s", "0.035"))

    kept = market([*rows, *open_rows], *offers, held=[owned])
    over = market([*rows, *open_rows], *offers, held=[ends])

    sizes = [each.usage_type for each in kept.classes]
    assert sizes == ["Standard_B2s"]
    assert any("when owned commitments end" in each for each in kept.left_out)
    at = [each.usage_type for each in over.classes].index("Standard_D2s_v5")
    demand = over.market.demand[at]
    assert (demand[: 3 * 24] == 0).all()
    assert (demand[3 * 24 :] == 1.0).all()
    assert not any("when owned commitments end" in each for each in over.left_out)


@pytest.mark.req("COM-40", part="Azure savings plans on every term and payment")
def test_each_term_and_payment_is_a_variant_and_none_is_for_autosavings(
    running: Days, records_of: RecordsOf
) -> None:
    rates = [
        a_rate("D2s", rate, way, years)
        for years, rate in ((1, "0.07"), (3, "0.05"))
        for way in (MONTHLY, UPFRONT)
    ]
    rows = [*running("D2s", STEADY), *running("B2s", STEADY)]

    found = variants(
        records_of(rows), [prices_of(*rates)], [], SINCE, KNOWN, KNOWN, Asked(robust=False)
    )

    assert [(e.sizing.terms.years, e.sizing.terms.payment_option) for e in found] == [
        *((1, MONTHLY), (1, UPFRONT), (3, MONTHLY), (3, UPFRONT)),
    ]
    assert {each.plan.kind for each in found} == {Kind.AZURE_SAVINGS_PLAN}
    assert [each.sizing.hourly_commitment for each in found[::2]] == [
        *(Decimal("0.7"), Decimal("0.5")),
    ]
    # A third of the compute has no offer, and counts as not covered.
    assert found[0].sizing.coverage_after_percent == pytest.approx(Decimal("66.666667"))
    assert preferred(found) == []


def test_a_day_is_spread_over_its_hours_and_adds_up(running: Days, records_of: RecordsOf) -> None:
    rows = running("D2s", STEADY, effective_cost="24", billed_cost="12")
    prices = prices_of(a_rate("D2s", "0.07"))

    with as_hours(records_of(rows), prices, Family(PAYER, "USD"), KNOWN) as hourly:
        found = hourly.rows(
            "SELECT count(*), count(DISTINCT hour), sum(list_cost), sum(effective_cost),"
            " sum(billed_cost), sum(usage_quantity), min(charge_span) FROM records"
        )

    hours = (DAYS + 2) * 24
    assert found == [(hours, hours, hours, hours, hours / 2, hours * 10, "hour")]
