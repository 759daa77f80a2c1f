"""A portfolio of Azure fills an hour in Azure's order, as the simulator does."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from tests.commitments.recommendations.test_azure import (
    DAYS,
    PLAN,
    PRICES,
    SMALL,
    STEADY,
    Days,
    Market,
    a_rate,
    a_reservation,
    market,
    named,
    running,
)

from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.optimum import priced
from finops_commitments.recommendations.outcome import outcome
from finops_commitments.simulation.azure import (
    BillingAccount,
    Place,
    Reach,
    Reservation,
    SavingsPlan,
    UsageLine,
    order_of,
)

__all__ = ["market", "running"]


@pytest.mark.req("COM-41", part="Azure: plans of three years go before those of one")
def test_a_plan_of_three_years_is_used_before_one_of_one_year(
    running: Days, market: Market
) -> None:
    rows = running("D2s", STEADY)
    # Three years at no better rate: only the order makes it go first.
    ahead = market(rows, a_rate("D2s", "0.07"), a_rate("D2s", "0.071", years=3))
    both = [Decimal("0.5"), Decimal("0.5")]

    found = outcome(ahead.market, priced(ahead.market, both, Limits(), 0.0), Limits())

    used = {each.offer.terms.years: each.utilization_percent for each in found.bought}
    assert used[3] == 100
    assert used[1] is not None
    assert used[1] < 100


@pytest.mark.req("COM-41", part="Azure: an hour is filled as the simulator of Azure fills it")
@pytest.mark.parametrize(
    ("reserved", "years_one", "years_three"),
    [(0, "0.3", "0.2"), (3, "0", "0.4"), (5, "0.25", "0.1"), (9, "0.5", "0.5"), (40, "1", "0")],
)
def test_a_portfolio_leaves_what_the_simulator_leaves(
    running: Days, market: Market, reserved: int, years_one: str, years_three: str
) -> None:
    run = {"D2s": 6, "D4s": 3, "B2s": 8}
    rates = {"D2s": ("0.07", "0.05"), "D4s": ("0.15", "0.096"), "B2s": ("0.034", "0.027")}
    ahead = market(
        [row for size, count in run.items() for row in running(size, [count] * (DAYS + 2))],
        a_reservation("D2s", "0.06"),
        *(a_rate(size, one) for size, (one, _) in rates.items()),
        *(a_rate(size, three, years=3) for size, (_, three) in rates.items()),
    )
    amounts_of = {
        SMALL: Decimal("0.06") * reserved,
        PLAN: Decimal(years_one),
        "azure_savings_plan/3/No Upfront": Decimal(years_three),
    }
    chosen = [amounts_of[each.name] for each in ahead.market.offers]

    left = priced(ahead.market, chosen, Limits(), 0.0).on_demand_after

    lines = [
        UsageLine(
            Place("9ec51cfd"),
            product=named(size),
            region="koreacentral",
            flexibility="Dsv5" if size.startswith("D") else None,
            ratio=Decimal(size[1]) / 2,
            price=PRICES[size],
            plan_rates={1: Decimal(rates[size][0]), 3: Decimal(rates[size][1])},
        )
        for size in run
    ]
    account = BillingAccount(
        lines,
        [Reservation("r", Reach(), named("D2s"), "koreacentral", "Dsv5")],
        [SavingsPlan("one", Reach(), 1), SavingsPlan("three", Reach(), 3)],
    )
    held = [Fraction(reserved), Fraction(years_one), Fraction(years_three)]
    usage, committed = (
        np.array([Fraction(each) for each in numbers], dtype=object).reshape(-1, 1)
        for numbers in (list(run.values()), held)
    )
    simulated = order_of(account).apply(usage, committed).left[:, 0]
    expected = sum(
        Fraction(line.price or 0) * each for line, each in zip(lines, simulated, strict=True)
    )
    assert float(left) == pytest.approx(float(expected) * DAYS * 24)
