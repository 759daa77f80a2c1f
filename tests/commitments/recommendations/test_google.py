"""The market of a Google payer: units, sustained use, flexible commitments."""

from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from tests.commitments.recommendations.google_builders import (
    CENTS,
    CORE,
    CORES,
    CUSTOM,
    E2,
    FLEXIBLE,
    HOURS,
    MEMORY,
    RAM,
    UNITS,
    Market,
    Record,
    Used,
    best,
    counts,
    flexible,
    market,
    resources,
    used,
)

from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.optimum import priced
from finops_commitments.portfolio.waterfall import Waterfall
from finops_commitments.recommendations.guards import PART
from finops_commitments.simulation.sustained_use import billed_at_list

__all__ = ["market", "used"]


def n2_standard_4(used: Used, hours: int = HOURS) -> list[Record]:
    return used(CORE, [4] * hours) + used(RAM, [16] * hours)


@pytest.mark.req("COM-41", part="Google: resource-based commitments in whole units")
@pytest.mark.req("COM-40", part="Google: savings against the price after sustained-use discount")
def test_a_machine_that_runs_all_month_is_21_percent_cheaper_committed_not_37(
    used: Used, market: Market
) -> None:
    ahead = market(n2_standard_4(used), resources(("n2", "vcpu", 12), ("n2", "memory", 12)))

    advised = best(ahead)

    assert counts(advised) == {CORES: 4, MEMORY: 16}
    found = advised.outcome
    listed = Decimal("0.194236") * 730
    assert found.monthly_on_demand_before == pytest.approx(listed * Decimal("0.8002"), abs=CENTS)
    assert found.monthly_on_demand_after == 0
    assert found.monthly_commitment == pytest.approx(
        (4 * Decimal("0.019915") + 16 * Decimal("0.002669")) * 730, abs=CENTS
    )
    assert round(found.savings_rate_percent or 0, 1) == Decimal("21.3")
    assert found.gap_percent <= Decimal("0.5")
    for name in (CORES, MEMORY):
        off_list, off_on_demand = ahead.discounts[name]
        assert round(off_list or 0, 1) == Decimal("37.0")
        assert round(off_on_demand or 0, 1) == Decimal("21.3")


@pytest.mark.req("COM-41", part="Google: on demand costs what the simulator says of a month")
@pytest.mark.parametrize("projects", [1, 2])
def test_what_hours_cost_is_sustained_use_by_project(
    projects: int, used: Used, market: Market
) -> None:
    chance = np.random.default_rng(7)
    amounts = chance.integers(0, 30, (projects, HOURS)) * (chance.random((projects, HOURS)) < 0.6)
    amounts[0, 0] = 5  # what comes before the first record is not known to be nothing
    rows = [
        row
        for number in range(projects)
        for row in used(CORE, amounts[number].tolist(), account_id=f"project-{number}")
    ]

    ahead = market(rows, resources())

    billed = sum(
        billed_at_list("n2", amounts[each : each + 1].astype(float))[0] for each in range(projects)
    )
    assert ahead.market.demand.sum() == pytest.approx(float(billed) * 0.031611)


@pytest.mark.req("COM-41", part="Google: what a commitment leaves earns sustained-use discount")
def test_what_cores_leave_costs_what_the_simulator_says(used: Used, market: Market) -> None:
    amounts = np.random.default_rng(8).integers(0, 12, HOURS)
    ahead = market(used(CORE, amounts.tolist()), resources(("n2", "vcpu", 12)))
    (offer,) = ahead.market.offers

    for bought in (0, 3, 7, 20):
        left = Waterfall(ahead.market).fill(np.array([float(offer.unit or 0) * bought])).on_demand

        billed = billed_at_list("n2", np.maximum(amounts - bought, 0)[None].astype(float))[0]
        assert left.sum() == pytest.approx(float(billed) * 0.031611)


@pytest.mark.req("COM-41", part="Google: the portfolio against every possible one")
@pytest.mark.parametrize("seed", range(6))
def test_the_portfolio_is_the_best_of_all_small_ones(seed: int, used: Used, market: Market) -> None:
    chance = np.random.default_rng(seed)
    rows = [
        row
        for usage in (CORE, E2)
        for row in used(usage, chance.choice([0, 2, 3, 4], HOURS, p=[0.1, 0.3, 0.3, 0.3]).tolist())
    ]
    ahead = market(rows, resources(("n2", "vcpu", 12), ("e2", "vcpu", 12)), flexible("0.70"))
    names = [each.name for each in ahead.market.offers]

    advised = best(ahead)

    money = np.arange(0, 0.13, 0.005)
    cheapest = min(
        priced(
            ahead.market,
            [
                {
                    FLEXIBLE: Decimal(str(round(spent, 3))),
                    CORES: Decimal(UNITS["n2", "vcpu", 12]) * cores,
                }.get(name, Decimal(UNITS["e2", "vcpu", 12]) * others)
                for name in names
            ],
            Limits(),
            0.0,
        ).cost
        for cores, others, spent in product(range(5), range(5), money.tolist())
    )
    assert advised.portfolio.cost <= cheapest * (1 + advised.portfolio.gap)
    assert advised.portfolio.bound <= cheapest
    assert advised.portfolio.gap <= Decimal("0.005")


@pytest.mark.req("COM-41", part="Google: resource-based commitments before flexible ones")
def test_units_go_before_money(used: Used, market: Market) -> None:
    ahead = market(n2_standard_4(used), resources(("n2", "vcpu", 12)), flexible())
    offers = [each.name for each in ahead.market.offers]
    bought = np.zeros(len(offers))
    bought[offers.index(CORES)] = 4 * 0.019915
    bought[offers.index(FLEXIBLE)] = 16 * 0.004237 * 0.72

    filled = Waterfall(ahead.market).fill(bought)

    assert filled.on_demand.sum() == pytest.approx(0)
    assert filled.used[offers.index(FLEXIBLE)] == pytest.approx(16 * 0.004237 * 0.72)


@pytest.mark.req("COM-41", part="Google: one reach of a family, whatever the machine")
def test_custom_machines_share_the_cores_of_their_family_and_no_others(
    used: Used, market: Market
) -> None:
    rows = used(CORE, [4] * HOURS) + used(CUSTOM, [2] * HOURS) + used(E2, [8] * HOURS)

    advised = best(market(rows, resources(("n2", "vcpu", 12))))

    assert counts(advised) == {CORES: 6}


@pytest.mark.req("COM-41", part="Google: a flexible commitment is worth it where families move")
def test_usage_that_moves_between_families_is_committed_to_in_money(
    used: Used, market: Market
) -> None:
    half = HOURS // 2
    cores = used(E2, [20] * half + [0] * half)
    others = used(E2, [0] * half + [20] * half, region="us-east1")
    rates = [
        e.model_copy(update={"region": r}) for e in flexible() for r in ("us-central1", "us-east1")
    ]

    advised = best(market(cores + others, resources(), rates))

    money = Decimal("0.021811") * 20 * Decimal("0.72")
    assert counts(advised) == {FLEXIBLE: pytest.approx(money, abs=CENTS)}
    assert (
        advised.left_out.count(
            "usage is taken as in the look-back, with planned changes; no trend or season"
        )
        == 1
    )
    assert not [each for each in advised.left_out if "EC2" in each]


@pytest.mark.req("COM-41", part="Google: usage that little sustains is committed to sooner")
def test_half_a_month_of_use_is_no_reason_to_commit_for_all_of_it(
    used: Used, market: Market
) -> None:
    rows = used(CORE, [10] * (HOURS // 2))
    ahead = market(rows, resources(("n2", "vcpu", 12)))

    assert counts(best(ahead)) == {}
    # Half a month is charged in two tiers: 0.9339 of list on average.
    assert ahead.market.demand.sum() == pytest.approx(10 * HOURS / 2 * 0.031611 * 0.9339)


@pytest.mark.req("COM-42", part="Google: guards hold amounts back")
def test_guards_hold_back_on_google_too(used: Used, market: Market) -> None:
    week = 7 * 24
    steady = market(used(CORE, [40] * HOURS), resources(("n2", "vcpu", 12)))
    falling = market(used(CORE, [40] * (HOURS - week) + [10] * week), resources())

    assert counts(best(steady, robust=True)) == {CORES: int(40 * PART)}
    assert counts(best(falling, robust=True)) == {}


@pytest.mark.req("COM-40", part="Google: what is not offered is named")
def test_what_nothing_is_offered_for_is_named(used: Used, market: Market) -> None:
    sql = [
        row | {"service": "Cloud SQL", "usage_type": "Cloud SQL: vCPU"}
        for row in used(CORE, [1] * 10)
    ]
    ahead = market([*n2_standard_4(used), *sql], resources(("n2", "vcpu", 12)))

    told = "\n".join(ahead.left_out)

    assert "Cloud SQL Cloud SQL: vCPU: no offer row" in told
    assert "Compute Engine N2 Instance Ram running in Americas: no offer row" in told
    assert "ratio of memory to cores" in told
    assert "N2 Instance Core" not in told
