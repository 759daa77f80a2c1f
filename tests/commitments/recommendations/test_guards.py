"""What keeps advice from buying for what may not last."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from tests.commitments.portfolio.market_builders import a_market, an_offer

from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.offers.domain import Kind, UsageClass
from finops_commitments.offers.packing import Plan, packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Floats
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import Ahead
from finops_commitments.recommendations.guards import Guard, Signals, signals, windows
from finops_commitments.recommendations.owned import Owned
from finops_commitments.recommendations.portfolios import Advised, Wanted, solve
from finops_commitments.recommendations.variants import Asked, Variant, variants
from finops_common.contracts.ingestion_offers import SavingsPlanRate

Record = dict[str, Any]
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
USD = Filters("USD")
DAY = 24
SPIKE = Guard("spike", Decimal(20), Decimal(2), Decimal(1))
FALL = Guard("fall", Decimal(10), Decimal(1), Decimal(2))
ONE, ALL_AT_ONCE = an_offer("one"), an_offer("all at once")


def days(*levels: tuple[int, float]) -> Floats:
    """Hours of so many days at so much an hour, one after the other."""
    return np.concatenate([np.full(count * DAY, level) for count, level in levels])


def ahead(usage: Floats, seen: Signals, owned: float = 0.0) -> Ahead:
    plan = Plan(Kind.COMPUTE_SAVINGS_PLAN)
    held = np.array([[owned] * len(usage), [0.0] * len(usage)])
    return Ahead(
        family=Family("111111111111", "USD"),
        market=a_market(usage[None], [[0.5, 0.5]], [ONE, ALL_AT_ONCE], held),
        classes=(UsageClass("AmazonEC2", "m5", "us-east-1"),),
        plans={"one": plan, "all at once": plan},
        owned=Owned({}, {}, {}, {}),
        until=UNTIL,
        listed_at=UNTIL,
        left_out=(),
        signals=seen,
        changes=(),
        compute=np.array([True]),
        compute_not_offered=Decimal(0),
    )


def bought(advised: Advised) -> Decimal:
    return sum((each.hourly_commitment for each in advised.outcome.bought), Decimal(0))


def kinds(guards: Sequence[Guard]) -> list[str]:
    return [each.guard for each in guards]


@pytest.fixture
def seen(
    records_of: Callable[[Sequence[Record]], HourlyRecords], a_record: Callable[..., Record]
) -> Callable[[Floats], Signals]:
    def build(usage: Floats) -> Signals:
        first = UNTIL - timedelta(hours=len(usage))
        rows = [
            a_record(
                hour=first + timedelta(hours=at),
                list_cost=f"{cost:.3f}",
                usage_quantity=f"{cost:.3f}",
            )
            for at, cost in enumerate(usage.tolist())
            if cost
        ]
        return signals(records_of(rows), UNTIL, USD)

    return build


@pytest.mark.req("COM-42", part="advice: percentile baseline, a part of what was best")
def test_advice_aims_below_what_was_best() -> None:
    steady = ahead(days((90, 2.0)), Signals())

    robust, bold = solve(steady, Wanted(90)), solve(steady, Wanted(90, robust=False))

    assert bought(bold) == 1
    assert bought(robust) == Decimal("0.88")
    assert (kinds(robust.guards), kinds(bold.guards)) == (["baseline"], [])
    assert robust.portfolio.gap < Decimal("0.001")


@pytest.mark.req("COM-42", part="advice: never more than the last month used")
def test_a_level_that_has_gone_is_not_bought() -> None:
    shrunk = ahead(days((55, 2.0), (35, 1.0)), Signals())

    assert bought(solve(shrunk, Wanted(90, robust=False))) == 1
    assert bought(solve(shrunk, Wanted(90))) == Decimal("0.44")


@pytest.mark.req("COM-42", part="advice: what is owned counts toward the part aimed at")
def test_what_is_owned_counts_toward_the_aim() -> None:
    half_owned = ahead(days((90, 2.0)), Signals(), owned=0.5)

    assert bought(solve(half_owned, Wanted(90))) == Decimal("0.38")


@pytest.mark.req("COM-42", part="advice: limits hold beside the guards")
def test_limits_hold_beside_the_guards() -> None:
    steady = ahead(days((90, 2.0)), Signals())
    lock_in = Limits(lock_in=Decimal(12 * 730) * Decimal("0.3"))

    assert bought(solve(steady, Wanted(90, lock_in))) == Decimal("0.3")


@pytest.mark.req("COM-42", part="advice: spike guard")
def test_a_spike_is_not_bought_for() -> None:
    spike = days((60, 1.0), (14, 2.0))

    held = solve(ahead(spike, Signals(SPIKE)), Wanted(90))
    unseen = solve(ahead(spike, Signals()), Wanted(90))

    assert bought(held) == Decimal("0.44")
    assert kinds(held.guards) == ["baseline", "spike"]
    assert bought(unseen) == Decimal("0.44"), "half of a month is too little for it anyway"
    mostly = days((20, 1.0), (14, 2.0))
    assert bought(solve(ahead(mostly, Signals(SPIKE)), Wanted(90))) == Decimal("0.44")


def test_nothing_is_bought_on_a_spike_alone() -> None:
    advised = solve(ahead(days((7, 2.0)), Signals(SPIKE)), Wanted(7))

    assert bought(advised) == 0
    assert kinds(advised.guards) == ["baseline", "spike"]


@pytest.mark.req("COM-42", part="advice: nothing in a fall")
def test_nothing_is_bought_while_usage_falls() -> None:
    advised = solve(ahead(days((90, 2.0)), Signals(fall=FALL)), Wanted(90))

    assert bought(advised) == 0
    assert FALL in advised.guards


@pytest.mark.req("COM-42", part="advice: a minimum saving")
def test_what_saves_next_to_nothing_is_left() -> None:
    usage = days((90, 0.1))
    usage[::3] = 100

    advised = solve(ahead(usage, Signals()), Wanted(90))
    bold = solve(ahead(usage, Signals()), Wanted(90, robust=False))

    assert bought(bold) > 0
    assert bought(advised) == 0
    assert kinds(advised.guards) == ["baseline", "minimum_saving"]


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        (days((76, 1.0), (14, 1.24)), []),
        (days((76, 1.0), (14, 1.3)), ["spike"]),
        (days((83, 1.0), (7, 0.9)), []),
        (days((83, 1.0), (7, 0.8)), ["fall"]),
        (days((3, 5.0)), []),
        (days((30, 0.0), (46, 1.0), (14, 1.2)), []),
        (days((10, 1.0), (60, 0.0), (20, 1.0)), ["spike"]),
    ],
)
@pytest.mark.req("COM-42", part="advice: 14 days a fifth above 90, 7 days a tenth below 30")
def test_spikes_and_falls_are_seen(
    seen: Callable[[Floats], Signals], usage: Floats, told: list[str]
) -> None:
    found = seen(usage)

    assert kinds(list(found.guards))[1:] == told


def test_a_guard_tells_the_usage_it_compares(seen: Callable[[Floats], Signals]) -> None:
    spike = seen(days((76, 1.0), (14, 1.9))).spike

    assert spike == Guard("spike", Decimal(20), Decimal("1.9"), Decimal("1.14"))


def test_without_usage_nothing_is_seen(seen: Callable[[Floats], Signals]) -> None:
    assert seen(days((10, 0.0))) == Signals()


def test_the_last_month_is_the_last_before_a_spike() -> None:
    assert windows(90 * DAY, Signals()) == [slice(0, 90 * DAY), slice(60 * DAY, 90 * DAY)]
    assert windows(90 * DAY, Signals(SPIKE)) == [slice(0, 76 * DAY), slice(46 * DAY, 76 * DAY)]
    assert windows(20 * DAY, Signals()) == [slice(0, 20 * DAY)]
    assert windows(14 * DAY, Signals(SPIKE)) == []


@pytest.mark.req("COM-42", part="a single plan is held back as a portfolio is")
def test_a_single_plan_is_held_back_too(
    records_of: Callable[[Sequence[Record]], HourlyRecords], a_record: Callable[..., Record]
) -> None:
    usage = days((40, 2.0))
    usage[-7 * DAY :] = 1.7
    first = UNTIL - timedelta(hours=len(usage))
    rate = SavingsPlanRate(
        plan_type="Compute",
        term_months=12,
        payment_option="No Upfront",
        region="us-east-1",
        usage_type="BoxUsage:m5.large",
        rate=Decimal("0.5"),
        currency="USD",
    )
    prices = [StoredPrices("AWS", "111111111111", UUID(int=1), UNTIL, packed([rate]))]

    def advised(usage: Floats, **asked: Any) -> Variant:  # noqa: ANN401 - the query's own types
        rows = [
            a_record(
                hour=first + timedelta(hours=at),
                list_cost=f"{cost:.2f}",
                usage_quantity=f"{cost:.2f}",
            )
            for at, cost in enumerate(usage.tolist())
        ]
        found = variants(records_of(rows), prices, [], first, UNTIL, UNTIL, Asked(**asked))
        (only,) = found
        return only

    steady, falling = advised(days((40, 2.0))), advised(usage)

    assert steady.sizing.hourly_commitment == Decimal("0.88")
    assert advised(days((40, 2.0)), robust=False).sizing.hourly_commitment == 1
    assert falling.sizing.hourly_commitment == 0
    assert kinds(falling.sized.guards) == ["baseline", "fall"]
