"""Time: history never changes, open months are restated, closed ones corrected."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops_sandbox.world import World, build_world, revisions, settle
from finops_sandbox.world.bills import bill_lines
from finops_sandbox.world.books import books
from finops_sandbox.world.model import SavingsPlan, hours_of
from finops_sandbox.world.settlement import Settlement

CLOSED, OPEN = date(2026, 10, 1), date(2026, 11, 1)


def test_the_same_seed_makes_the_same_bill(world: World) -> None:
    again = build_world(7, world.now, months=2)

    assert bill_lines(again, OPEN) == bill_lines(world, OPEN)


def test_another_seed_makes_another_customer(world: World) -> None:
    other = build_world(8, world.now, months=2)

    assert {a.id for a in other.linked}.isdisjoint(a.id for a in world.linked)
    assert books(other, OPEN).payer.billed_total != books(world, OPEN).payer.billed_total


def test_going_on_in_time_changes_no_settled_hour(world: World) -> None:
    later = build_world(7, world.now + timedelta(days=3), months=2, anchor=world.anchor)

    before, after = settle(world, OPEN), settle(later, OPEN)

    same = [hour.start for hour, new in zip(before.hours, after.hours, strict=False) if hour == new]
    late = [hour.start for hour in before.hours if hour.start not in same]
    assert len(after.hours) == len(before.hours) + 72
    # Only what is billed late differs: the last hours of the earlier bill.
    assert not late or min(late) >= world.now - timedelta(hours=6)


def test_an_open_months_later_revision_reaches_further_and_restates_earlier_lines(
    world: World,
) -> None:
    first, second, third = revisions(world, OPEN)

    assert first.ends_at < second.ends_at < third.ends_at == world.now
    old = {line.id: line.effective for line in bill_lines(world, OPEN, 1)}
    new = {line.id: line.effective for line in bill_lines(world, OPEN, 3)}
    changed = [key for key in old if old[key] != new.get(key)]
    assert changed
    appeared = {line.type for line in bill_lines(world, OPEN, 2) if line.id not in old}
    assert "Credit" in appeared


def test_a_changed_sharing_setting_moves_coverage_between_accounts(world: World) -> None:
    apart = world.account("shop-development").id

    shared, alone = (settle(world, OPEN, number) for number in (2, 3))

    assert _crosses_into(shared, apart)
    assert not _crosses_into(alone, apart)


def _crosses_into(settlement: Settlement, account: str) -> bool:
    """Whether a commitment covers across the border of the account."""
    pairs = {
        (fill.commitment.account, fill.usage.workload.account)
        for fill in settlement.fills
        if fill.commitment is not None
    }
    return any(account in pair and len(set(pair)) == 2 for pair in pairs)


def test_the_last_closed_month_has_a_correction(world: World) -> None:
    first, corrected = revisions(world, CLOSED)

    refund = [line for line in bill_lines(world, CLOSED, 2) if line.type == "Refund"]
    assert (first.final, corrected.final) == (True, True)
    assert [line.unblended for line in refund] == [Decimal("-18.75")]
    before, after = (
        sum(line.unblended for line in bill_lines(world, CLOSED, number)) for number in (1, 2)
    )
    assert after < before


def test_an_unknown_revision_is_refused(world: World) -> None:
    with pytest.raises(LookupError, match="2026-10 has revisions"):
        settle(world, CLOSED, 9)


@settings(max_examples=40)
@given(hours=st.integers(0, 24 * 365))
def test_some_commitment_always_ends_within_thirty_days(hours: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)

    world = build_world(3, now, months=1)

    left = [held.ends_at - now for held in world.commitments if held.ends_at > now]
    assert min(left) <= timedelta(days=30)


def test_a_plan_that_starts_inside_an_hour_counts_the_hour_whole() -> None:
    world = build_world(7, datetime(2026, 8, 1, tzinfo=UTC), months=1, anchor=date(2026, 11, 1))
    plan = next(held for held in world.commitments if held.starts_at.minute == 37)

    drawn = [
        hour.start
        for hour in settle(world, date(2026, 7, 1)).hours
        if any(draw.commitment is plan for draw in hour.draws)
    ]

    assert isinstance(plan, SavingsPlan)
    assert plan.starts_at == datetime(2026, 7, 14, 13, 37, 5, tzinfo=UTC)
    assert drawn[0] == datetime(2026, 7, 14, 13, tzinfo=UTC)
    upfront = [x for x in bill_lines(world, date(2026, 7, 1)) if x.type == "SavingsPlanUpfrontFee"]
    assert [line.unblended for line in upfront] == [Decimal("0.45") * 8760]


def test_the_step_down_leaves_a_plan_under_used(world: World) -> None:
    plan = next(h for h in world.commitments if isinstance(h, SavingsPlan) and h.family == "r5")

    utilization = books(world, OPEN).commitments[plan.id].utilization_percent

    assert utilization is not None
    assert utilization < 60


def test_the_books_of_a_month_are_the_sum_of_its_hours(world: World) -> None:
    book = books(world, OPEN)

    hours = [hour.measures for hour in book.hours.values()]

    for name in ("covered", "on_demand_cost", "amortised_cost", "billed_total", "effective_total"):
        assert sum(getattr(hour, name) for hour in hours) == getattr(book.payer, name)
        for scopes in (book.accounts, book.services, book.regions):
            parts = [getattr(measures, name) for measures in scopes.values()]
            assert sum(parts) == getattr(book.payer, name)
    assert set(book.hours) <= set(hours_of(OPEN))


def test_savings_are_what_on_demand_would_have_cost_less_what_was_paid(world: World) -> None:
    payer = books(world, CLOSED).payer
    held = books(world, CLOSED).commitments.values()

    assert payer.net_savings == sum(book.net_savings for book in held)
    assert payer.amortised_cost == sum(book.total for book in held)
    paid = payer.amortised_cost + payer.on_demand_cost
    assert payer.net_savings == payer.on_demand_equivalent - paid


@pytest.mark.timeout(180)
def test_thirteen_months_stay_under_a_quarter_of_a_million_lines(world: World) -> None:
    year = build_world(7, world.now)

    lines = sum(len(bill_lines(year, month)) for month in year.months)

    assert len(year.months) == 13
    assert 100_000 < lines < 250_000
