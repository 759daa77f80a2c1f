"""What a Google payer owns: it counts, and is missing once it ends."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.commitments.recommendations.google_builders import (
    BY_MONEY,
    BY_UNITS,
    CORE,
    CORES,
    HOURS,
    PAYER,
    SINCE,
    UNTIL,
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

from finops_commitments.inventory.domain import Commitment, Kind
from finops_commitments.recommendations.portfolios import Wanted
from finops_commitments.recommendations.what_if import Changes, UsageChange, what_if

__all__ = ["market", "used"]


def a_fee(
    used: Used,
    units: int,
    hours: range,
    description: str = "Commitment v1: N2 Cpu in Americas for 1 Year",
) -> list[Record]:
    made = used(CORE, [units if at in hours else 0 for at in range(HOURS)])
    fee = {
        "charge_category": "Purchase",
        "pricing_category": "Standard",
        "charge_kind": "unspread_commitment_fee",
        "usage_type": description,
        "commitment_id": "cud-1",
        "commitment_type": "Resource-based CUD",
        "commitment_category": "Usage",
        "commitment_quantity": Decimal(units),
        "usage_quantity": None,
        "list_cost": None,
    }
    return [row | fee for row in made]


@pytest.mark.req("COM-41", part="Google: owned units count, and are missing once they end")
def test_owned_cores_cover_their_usage_until_they_end(used: Used, market: Market) -> None:
    rows = [
        *used(CORE, [6] * HOURS, **BY_UNITS),
        *used(CORE, [4] * HOURS),
        *a_fee(used, 6, range(HOURS)),
    ]
    ends = Commitment(
        "cud-1", "Google Cloud", payer_account_id=PAYER, ends_at=UNTIL + timedelta(hours=HOURS // 2)
    )

    kept = best(market(rows, resources(("n2", "vcpu", 12))))
    ended = best(market(rows, resources(("n2", "vcpu", 12)), commitments=[ends]))

    assert counts(kept) == {CORES: 4}
    assert kept.outcome.coverage_before_percent == pytest.approx(60)
    # For the half in which six cores are not paid for any more, another commitment is too much.
    assert ended.outcome.coverage_before_percent == pytest.approx(30, abs=Decimal("0.1"))
    assert counts(ended)[CORES] == 4
    growing = what_if(kept.ahead, Wanted(31, robust=False), Changes((UsageChange(Decimal(2)),)))
    assert counts(growing) == {CORES: 14}


@pytest.mark.req("COM-41", part="Google: what is over by the last day is owned no more")
def test_cores_whose_fee_has_stopped_are_bought_anew(used: Used, market: Market) -> None:
    half = HOURS // 2
    rows = [
        *used(CORE, [6] * half, **BY_UNITS),
        *used(CORE, [0] * half + [6] * half),
        *a_fee(used, 6, range(half)),
    ]

    assert counts(best(market(rows, resources(("n2", "vcpu", 12))))) == {CORES: 6}


@pytest.mark.req("COM-41", part="Google: cores paid for by another organization")
def test_usage_covered_from_elsewhere_is_not_bought_for(used: Used, market: Market) -> None:
    rows = [*used(CORE, [6] * HOURS, **BY_UNITS), *used(CORE, [1] * HOURS)]

    assert counts(best(market(rows, resources(("n2", "vcpu", 12))))) == {CORES: 1}


@pytest.mark.req("COM-41", part="Google: an owned flexible commitment, and its end")
def test_an_owned_flexible_commitment_covers_in_money_until_it_ends(
    used: Used, market: Market
) -> None:
    paid = Decimal("0.031611") * 10 * Decimal("0.54")
    covered = [row | {"effective_cost": paid} for row in used(CORE, [10] * HOURS, **BY_MONEY)]
    rows = [*covered, *used(CORE, [5] * HOURS)]
    known = Commitment(
        "flex-1",
        "Google Cloud",
        kind=Kind.SPEND,
        type="Spend-based CUD",
        payer_account_id=PAYER,
        hourly_amount=paid,
        starts_at=SINCE - timedelta(days=30),
    )
    over = replace(known, ends_at=UNTIL)

    kept = best(market(rows, resources(("n2", "vcpu", 12)), flexible(), [known]))
    soon = best(market(rows, resources(("n2", "vcpu", 12)), flexible(), [over]))
    unknown = best(market(rows, resources(("n2", "vcpu", 12)), flexible()))

    assert counts(kept) == counts(unknown) == {CORES: 5}
    assert counts(soon) == {CORES: 15}


@pytest.mark.req("COM-41", part="Google: a flexible commitment of a few days ago")
@pytest.mark.parametrize("listed", [True, False])
def test_a_flexible_commitment_of_a_few_days_ago_counts_in_full(
    listed: bool, used: Used, market: Market
) -> None:
    """It covered the last ten days alone, beside one that covered all of the month."""
    paid, before = Decimal("0.031611") * 10 * Decimal("0.54"), HOURS - 240
    old = [row | {"effective_cost": paid} for row in used(CORE, [10] * HOURS, **BY_MONEY)]
    open_then = used(CORE, [10] * before)
    new = [
        row | {"effective_cost": paid, "commitment_id": "flex-2"}
        for row in used(CORE, [0] * before + [10] * 240, **BY_MONEY)
    ]
    known = Commitment(
        "flex-1",
        "Google Cloud",
        kind=Kind.SPEND,
        type="Spend-based CUD",
        payer_account_id=PAYER,
        hourly_amount=paid,
        starts_at=SINCE - timedelta(days=30),
    )
    second = replace(known, id="flex-2", starts_at=UNTIL - timedelta(days=10))
    owned = [known, second] if listed else []

    found = best(market([*old, *open_then, *new], resources(("n2", "vcpu", 12)), flexible(), owned))

    assert counts(found) == {}


@pytest.mark.req("COM-41", part="Google: a flexible commitment of today")
def test_a_flexible_commitment_of_today_counts_beside_those_of_the_bill(
    used: Used, market: Market
) -> None:
    paid = Decimal("0.031611") * 10 * Decimal("0.54")
    old = [row | {"effective_cost": paid} for row in used(CORE, [10] * HOURS, **BY_MONEY)]
    known = Commitment(
        "flex-1",
        "Google Cloud",
        kind=Kind.SPEND,
        type="Spend-based CUD",
        payer_account_id=PAYER,
        hourly_amount=paid,
        starts_at=SINCE - timedelta(days=30),
    )
    today = replace(known, id="flex-2", starts_at=UNTIL - timedelta(hours=2))
    rows = [*old, *used(CORE, [10] * HOURS)]

    found = best(market(rows, resources(("n2", "vcpu", 12)), flexible(), [known, today]))

    assert counts(found) == {}
