"""What ends when, what is still to be paid, and how long commitments run on."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_commitments.expiries.domain import Expiries, expiries, liability_curve, months_left
from finops_commitments.inventory.domain import Commitment, DailyUse

NOW = datetime(2026, 1, 16, tzinfo=UTC)
USE = DailyUse(covered=Decimal(48), amortised=Decimal(36))


def a_commitment(id: str = "sp-1", **known: Any) -> Commitment:  # noqa: A002, ANN401 - the model's own
    facts: dict[str, Any] = {
        "currency": "USD",
        "recurring_hourly": Decimal(1),
        "upfront": Decimal(0),
        "starts_at": datetime(2025, 3, 1, tzinfo=UTC),
        "ends_at": datetime(2026, 3, 1, tzinfo=UTC),
    }
    return Commitment(id=id, provider="AWS", **facts | known)


def ahead(*commitments: Commitment, **uses: DailyUse) -> list[Expiries]:
    named = {
        (each.currency or "", each.id): uses[each.id] for each in commitments if each.id in uses
    }
    return expiries(commitments, named, {"USD": Decimal(96), "KRW": None}, NOW, 3)


@pytest.mark.req("COM-32", part="how much coverage and saving ends in each 30-day window")
def test_each_window_says_what_ends_in_it() -> None:
    first = a_commitment("a", ends_at=NOW + timedelta(days=30))
    second = a_commitment("b", ends_at=NOW + timedelta(days=30, seconds=1))
    unused = a_commitment("c", ends_at=NOW + timedelta(days=40))
    beyond = a_commitment("d", ends_at=NOW + timedelta(days=91))

    (found,) = ahead(beyond, unused, second, first, a=USE, b=USE, d=USE)

    one, two, three = found.windows
    assert [each.commitment_id for each in one.ending] == ["a"]
    assert [each.commitment_id for each in two.ending] == ["b", "c"]
    assert [one.covered_a_day, one.saved_a_day, one.coverage_points] == [48, 12, 50]
    assert [one.unknown, two.unknown] == [0, 1]
    assert two.ending[1].covered_a_day is None
    assert three.ending == ()
    assert [three.covered_a_day, three.coverage_points] == [0, 0]


@pytest.mark.req("COM-32", part="per currency")
def test_currencies_are_never_mixed() -> None:
    dollars = a_commitment("a", ends_at=NOW + timedelta(days=5))
    won = a_commitment("b", ends_at=NOW + timedelta(days=5), currency="KRW")

    korean, american = ahead(dollars, won, a=USE, b=DailyUse(Decimal(9000), Decimal(9500)))

    assert [korean.currency, american.currency] == ["KRW", "USD"]
    assert [korean.windows[0].covered_a_day, korean.windows[0].saved_a_day] == [9000, -500]
    assert korean.windows[0].coverage_points is None
    assert american.windows[0].covered_a_day == 48


@pytest.mark.req("COM-32", part="liability curve")
def test_what_is_still_to_be_paid_falls_due_by_the_hour_and_a_paid_upfront_not_at_all() -> None:
    paid = a_commitment("paid", upfront=Decimal(5000))
    queued = a_commitment(
        "queued",
        upfront=Decimal(100),
        recurring_hourly=Decimal("0.5"),
        starts_at=datetime(2026, 4, 30, tzinfo=UTC),
        ends_at=datetime(2026, 5, 2, 12, 30, tzinfo=UTC),
    )

    curve = [(each.month, each.amount) for each in liability_curve([paid, queued], NOW)]

    assert curve == [
        (date(2026, 1, 1), 16 * 24),
        (date(2026, 2, 1), 28 * 24),
        (date(2026, 3, 1), 0),
        (date(2026, 4, 1), 112),
        (date(2026, 5, 1), Decimal("18.25")),
    ]
    assert liability_curve([a_commitment(recurring_hourly=Decimal(0))], NOW) == []


@pytest.mark.req("COM-32", part="liability curve")
@given(
    st.lists(
        st.tuples(st.integers(-9000, 9000), st.integers(1, 27000), st.integers(0, 10**6)),
        max_size=6,
    )
)
def test_the_curve_adds_up_to_every_hour_ahead(terms: list[tuple[int, int, int]]) -> None:
    hour = timedelta(hours=1)
    made = [
        a_commitment(
            starts_at=NOW + start * hour,
            ends_at=NOW + (start + length) * hour,
            recurring_hourly=Decimal(fee).scaleb(-4),
        )
        for start, length, fee in terms
    ]

    curve = liability_curve(made, NOW)

    assert sum(each.amount for each in curve) == sum(
        max(0, start + length - max(0, start)) * Decimal(fee).scaleb(-4)
        for start, length, fee in terms
    )
    assert [each.month for each in curve] == sorted({each.month for each in curve})


@pytest.mark.req("COM-32", part="weighted months left")
def test_months_left_are_weighted_by_what_an_hour_costs() -> None:
    hourly = a_commitment("a", ends_at=NOW + timedelta(hours=730))
    upfront = a_commitment(
        "b",
        recurring_hourly=Decimal(0),
        upfront=Decimal(3 * 1460),
        starts_at=NOW - timedelta(hours=365),
        ends_at=NOW + timedelta(hours=1095),
    )

    assert months_left([hourly], NOW) == 1
    # One month at 1 an hour, one and a half at 3: (1 + 4.5) / 4.
    assert months_left([hourly, upfront], NOW) == Decimal("1.375")
    assert months_left([], NOW) is None


@pytest.mark.req("COM-32", part="what is not known is named")
def test_what_cannot_be_told_is_named_and_what_is_over_is_not_ahead() -> None:
    (found,) = ahead(
        a_commitment("endless", ends_at=None),
        a_commitment("free?", recurring_hourly=None),
        a_commitment("ended", ends_at=NOW),
        a_commitment("returned", state="returned"),
    )

    assert found.without_end == ("endless",)
    assert found.without_cost == ("free?",)
    assert [each.commitment_id for window in found.windows for each in window.ending] == ["free?"]
    assert found.liabilities == ()
