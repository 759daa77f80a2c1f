"""Why days cost other than others: effects one can check by hand, and the law of their sum."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_ingestion.costs.bridge.domain import Effect, Line, Side, Step, bridges
from finops_ingestion.costs.domain import WIDE

PLAN = "arn:aws:savingsplans::111111111111:savingsplan/one"
CATEGORIES = ("Usage", "Credit", "Adjustment", "Purchase", "Tax")


def a_side(quantity: str, rate: str, cost: str | None = None) -> Side:
    valued = Decimal(quantity) * Decimal(rate)
    return Side(Decimal(quantity), valued, valued if cost is None else Decimal(cost))


def a_line(
    before: Side = Side(),  # noqa: B008 - frozen
    now: Side = Side(),  # noqa: B008 - frozen
    item: str = "m5.large",
    commitment_id: str | None = None,
    category: str = "Usage",
) -> Line:
    scope = ("AmazonEC2", "Hrs")
    return Line("USD", (), category, scope, (item,), commitment_id, before, now)


def effects(*lines: Line, present: tuple[str, ...] = ()) -> dict[Effect, Decimal]:
    (found,) = bridges(lines, present, top=20)
    return dict(found.total.effects)


@pytest.mark.req("ING-35", part="volume, price, mix")
def test_twice_the_hours_at_the_same_rate_are_volume() -> None:
    assert effects(a_line(a_side("100", "0.1"), a_side("200", "0.1"))) == {"volume": 10}


@pytest.mark.req("ING-35", part="volume, price, mix")
def test_the_same_hours_at_another_rate_are_price() -> None:
    assert effects(a_line(a_side("100", "0.1"), a_side("100", "0.12"))) == {"price": 2}


@pytest.mark.req("ING-35", part="volume, price, mix")
def test_the_same_hours_on_dearer_machines_are_mix() -> None:
    small = a_line(a_side("80", "0.1"), a_side("30", "0.1"), "m5.large")
    large = a_line(a_side("20", "0.4"), a_side("70", "0.4"), "m5.2xlarge")

    assert effects(small, large) == {"mix": 15}


@pytest.mark.req("ING-35", part="volume, price, mix")
def test_more_hours_of_another_kind_are_volume_at_the_old_average_and_mix() -> None:
    # 100 h cost 10 before: 150 h at that average would be 15, and they cost 8 + 70 x 0.4.
    small = a_line(a_side("100", "0.1"), a_side("80", "0.1"), "m5.large")
    large = a_line(Side(), a_side("70", "0.4"), "m5.2xlarge")

    assert effects(small, large) == {"volume": 5, "mix": 21}


@pytest.mark.req("ING-35", part="commitment, expiry")
def test_a_new_commitment_saves_and_an_ended_one_does_no_more() -> None:
    covered_now = a_line(now=a_side("100", "0.1", cost="7"), commitment_id=PLAN)
    on_demand_before = a_line(before=a_side("100", "0.1"))
    covered_before = a_line(before=a_side("100", "0.1", cost="7"), commitment_id=PLAN)
    on_demand_now = a_line(now=a_side("100", "0.1"))

    assert effects(on_demand_before, covered_now, present=(PLAN,)) == {"commitment": -3}
    assert effects(covered_before, on_demand_now) == {"expiry": 3}


@pytest.mark.req("ING-35", part="commitment, expiry")
def test_what_a_commitment_leaves_unused_is_its_own_cost() -> None:
    unused = a_line(now=Side(cost=Decimal(4)), commitment_id=PLAN)

    assert effects(unused, present=(PLAN,)) == {"commitment": 4}


@pytest.mark.req("ING-35", part="credit")
def test_charges_that_are_no_usage_stand_by_themselves() -> None:
    credit = a_line(Side(cost=Decimal(-5)), Side(), category="Credit")
    tax = a_line(Side(cost=Decimal(1)), Side(cost=Decimal(2)), category="Tax")

    assert effects(credit, tax) == {"credit": 5, "tax": 1}


AMOUNTS = st.decimals("-1000000", "1000000", places=12)
SIDES = st.one_of(
    st.just(Side()), st.builds(Side, st.decimals(0, "1000000", places=6), AMOUNTS, AMOUNTS)
)
LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from(["USD", "KRW"]),
        st.tuples(st.sampled_from(["a", "b", None])),
        st.sampled_from(CATEGORIES),
        st.tuples(st.sampled_from(["EC2", "S3"]), st.sampled_from(["Hrs", None])),
        st.tuples(st.sampled_from(["x", "y", "z"])),
        st.sampled_from([None, "plan", "gone"]),
        SIDES,
        SIDES,
    ),
    max_size=30,
)


@pytest.mark.req("ING-35", part="sums to the difference exactly")
@given(LINES, st.integers(1, 3))
def test_effects_sum_to_the_difference_to_the_last_digit(lines: list[Line], top: int) -> None:
    found = bridges(lines, {"plan"}, top)

    for each in found:
        mine = [line for line in lines if line.currency == each.currency]
        steps = [step for _, step in each.groups] + ([each.rest] if each.rest else [])
        assert each.total.before == _sum([line.before.cost for line in mine])
        assert each.total.now == _sum([line.now.cost for line in mine])
        for step in (each.total, *steps):
            assert _sum(list(step.effects.values())) == step.change
        assert sum(steps, Step()) == each.total
    assert {each.currency for each in found} == {line.currency for line in lines}


@pytest.mark.req("ING-35", part="sums to the difference exactly")
@given(LINES)
def test_nothing_has_changed_between_equal_bills(lines: list[Line]) -> None:
    same = [
        Line(e.currency, e.values, e.charge_category, e.scope, e.item, None, e.now, e.now)
        for e in lines
    ]

    assert all(not each.total.effects for each in bridges(same, (), 5))


def _sum(amounts: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = WIDE.add(total, amount)
    return total
