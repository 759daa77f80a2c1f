"""Azure's order: reservations, then savings plans, the narrower scope first."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_commitments.simulation.azure import (
    PLANS,
    RESERVED,
    BillingAccount,
    Place,
    Reach,
    Reservation,
    SavingsPlan,
    Scope,
    UsageLine,
    order_of,
)
from finops_commitments.simulation.domain import Filled, Numbers

SUB_A = Place("a", "web", frozenset({"root", "team"}))
SUB_B = Place("b", "db", frozenset({"root"}))
EVERYWHERE = Reach()


def a_line(
    place: Place = SUB_A, rates: dict[int, str] | None = None, **fields: object
) -> UsageLine:
    given_rates = rates if rates is not None else {1: "0.7", 3: "0.5"}
    line = UsageLine(
        place,
        product="D2s v5",
        region="westeurope",
        flexibility="Dsv5",
        price=Decimal(1),
        plan_rates={years: Decimal(rate) for years, rate in given_rates.items()},
    )
    return replace(line, **fields)  # type: ignore[arg-type] # a builder takes any field


def a_reservation(name: str = "r", reach: Reach = EVERYWHERE, **fields: object) -> Reservation:
    reservation = Reservation(name, reach, "D2s v5", "westeurope", "Dsv5")
    return replace(reservation, **fields)  # type: ignore[arg-type] # the same


def column(*amounts: object) -> Numbers:
    return np.array([Fraction(str(each)) for each in amounts], dtype=object).reshape(-1, 1)


def applied(account: BillingAccount, usage: Numbers, held: Numbers) -> Filled:
    return order_of(account).apply(usage, held, shares=True)


@pytest.mark.req("COM-11", part="Azure: reservations before savings plans")
def test_reservations_go_first_and_plans_cover_the_rest() -> None:
    account = BillingAccount([a_line()], [a_reservation()], [SavingsPlan("p", EVERYWHERE, 1)])

    filled = applied(account, column(4), column(1, "1.4"))

    assert filled.covered[RESERVED][0, 0] == 1
    assert filled.covered[PLANS][0, 0] == 2
    assert filled.left[0, 0] == 1


@pytest.mark.req("COM-11", part="Azure: instance size flexibility groups")
def test_sizes_of_a_flexibility_group_count_by_their_ratio() -> None:
    double = a_line(product="D4s v5", ratio=Decimal(2))
    account = BillingAccount([double], [a_reservation()])
    fixed = BillingAccount([double], [a_reservation(flexibility=None)])

    filled = applied(account, column(3), column(4))

    assert filled.covered[RESERVED][0, 0] == 2
    assert filled.used[0, 0] == 4
    assert applied(fixed, column(3), column(4)).covered[RESERVED][0, 0] == 0


@pytest.mark.req("COM-11", part="Azure: scopes")
@pytest.mark.parametrize(
    ("reach", "covered"),
    [
        (EVERYWHERE, [1, 1]),
        (Reach(Scope.MANAGEMENT_GROUP, name="root"), [1, 1]),
        (Reach(Scope.MANAGEMENT_GROUP, name="team"), [1, 0]),
        (Reach(Scope.SUBSCRIPTION, "b"), [0, 1]),
        (Reach(Scope.RESOURCE_GROUP, "a", "web"), [1, 0]),
        (Reach(Scope.RESOURCE_GROUP, "b", "web"), [0, 0]),
    ],
)
def test_a_commitment_covers_its_scope_alone(reach: Reach, covered: list[int]) -> None:
    lines = [a_line(), a_line(SUB_B)]
    reserved = BillingAccount(lines, [a_reservation(reach=reach)])
    planned = BillingAccount(lines, plans=[SavingsPlan("p", reach, 1)])

    by_reservation = applied(reserved, column(1, 1), column(5)).covered[RESERVED]
    by_plan = applied(planned, column(1, 1), column(5)).covered[PLANS]

    assert by_reservation[:, 0].tolist() == covered
    assert by_plan[:, 0].tolist() == covered


@pytest.mark.req("COM-11", part="Azure: the more restrictive scope first")
def test_the_narrower_scope_is_drawn_first() -> None:
    narrow = Reach(Scope.RESOURCE_GROUP, "a", "web")
    wider = Reach(Scope.SUBSCRIPTION, "a")
    reserved = BillingAccount([a_line()], [a_reservation("1"), a_reservation("2", wider)])
    planned = BillingAccount(
        [a_line()], plans=[SavingsPlan("1", wider, 3), SavingsPlan("2", narrow, 1)]
    )

    assert applied(reserved, column(1), column(1, 1)).used[:, 0].tolist() == [0, 1]
    assert applied(planned, column(1), column(1, 1)).used[:, 0].tolist() == [0, Fraction("0.7")]


@pytest.mark.req("COM-11", part="Azure: three years before one")
def test_plans_of_three_years_go_before_those_of_one() -> None:
    plans = [SavingsPlan("1", EVERYWHERE, 1), SavingsPlan("2", EVERYWHERE, 3)]

    filled = applied(BillingAccount([a_line()], plans=plans), column(1), column(1, 1))

    assert filled.used[:, 0].tolist() == [0, Fraction("0.5")]


@pytest.mark.req("COM-11", part="Azure: the highest discount first")
def test_a_plan_covers_the_highest_discount_first() -> None:
    lines = [a_line(), a_line(rates={1: "0.6"}, label="better")]
    account = BillingAccount(lines, plans=[SavingsPlan("p", EVERYWHERE, 1)])

    filled = applied(account, column(1, 1), column("0.95"))

    assert filled.covered[PLANS][:, 0].tolist() == [Fraction(1, 2), 1]


@pytest.mark.req("COM-11", part="Azure: a lower negotiated rate is used and drawn")
def test_a_negotiated_price_below_the_plans_rate_is_what_is_drawn() -> None:
    line = a_line(price=Decimal("0.4"))
    account = BillingAccount([line], plans=[SavingsPlan("p", EVERYWHERE, 1)])

    filled = applied(account, column(2), column("0.6"))

    assert filled.covered[PLANS][0, 0] == Fraction(3, 2)
    assert filled.used[0, 0] == Fraction("0.6")


places = st.sampled_from([SUB_A, SUB_B])
reaches = st.builds(
    Reach, st.sampled_from(Scope), st.sampled_from("ab"), st.sampled_from(["web", "team", "root"])
)
amounts = st.integers(0, 12).map(lambda quarters: Fraction(quarters, 4))


@st.composite
def accounts(draw: st.DrawFn) -> tuple[BillingAccount, Numbers, Numbers]:
    lines = [
        a_line(draw(places), label=f"u{at}", ratio=draw(st.sampled_from([Decimal(1), Decimal(4)])))
        for at in range(draw(st.integers(1, 5)))
    ]
    reserved = [a_reservation(f"r{at}", draw(reaches)) for at in range(draw(st.integers(0, 3)))]
    plans = [
        SavingsPlan(f"p{at}", draw(reaches), draw(st.sampled_from([1, 3])))
        for at in range(draw(st.integers(0, 3)))
    ]
    held = [draw(amounts) for _ in (*reserved, *plans)]
    usage = [draw(amounts) for _ in lines]
    return BillingAccount(lines, reserved, plans), column(*usage), column(*held)


@pytest.mark.req("COM-11", part="Azure: identities")
@given(accounts())
def test_parts_are_the_whole_and_no_more_than_is_held_is_used(
    drawn: tuple[BillingAccount, Numbers, Numbers],
) -> None:
    account, usage, held = drawn

    filled = applied(account, usage, held)
    more = applied(account, usage, held + Fraction(1))

    assert (sum(filled.covered) + filled.left == usage).all()
    assert (filled.left >= 0).all()
    assert (filled.used >= 0).all()
    assert (filled.used <= held).all()
    assert (more.left <= filled.left).all()
