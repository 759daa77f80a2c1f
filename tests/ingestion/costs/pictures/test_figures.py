"""What pictures show: exact sums, amounts as people write them, round ticks."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_common.pictures.domain import ticks, written
from finops_ingestion.costs.bridge.domain import Bridge, Step
from finops_ingestion.costs.domain import WIDE, Cell, Costs, Days, Group
from finops_ingestion.costs.pictures.domain import (
    changes_of,
    effects_of,
    floor_of,
    rows_of,
    stacks_of,
    waterfall,
)

OCTOBER = Days(date(2026, 10, 1), date(2026, 11, 1))
AMOUNTS = st.decimals("-1e20", "1e20", places=12)
CHANGES = st.decimals("-100", "100", places=2)


def name(values: tuple[str | None, ...]) -> str:
    return str(values[0])


def a_cell(day: int, group: Group | None, cost: str, currency: str = "USD") -> Cell:
    start = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=day - 1)
    return Cell(start, group, currency, Decimal(cost))


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234567.891", "USD", "1,234,567.89"),
        ("-1234.5", "EUR", "-1,234.50"),
        ("1234567.5", "KRW", "1,234,568"),
        ("1234.5678", "KWD", "1,234.568"),
        ("0", "USD", "0.00"),
        ("-0", "JPY", "0"),
        ("0.004", "USD", "<0.01"),
        ("-0.4", "KRW", ">-1"),
        ("12345678901234567890.12", "USD", "12,345,678,901,234,567,890.12"),
    ],
)
@pytest.mark.req("ING-30", part="pictures: amounts as people write them")
def test_amounts_have_commas_and_the_currency_s_minor_unit(
    amount: str, currency: str, text: str
) -> None:
    assert written(Decimal(amount), currency) == text


def test_what_changes_has_a_sign_whichever_it_is() -> None:
    assert written(Decimal(1000), "USD", signed=True) == "+1,000.00"
    assert written(Decimal(-1000), "USD", signed=True) == "-1,000.00"
    assert written(Decimal(0), "USD", signed=True) == "0.00"


@pytest.mark.parametrize(
    ("low", "high", "currency", "texts"),
    [
        ("0", "987", "USD", ["0", "200", "400", "600", "800"]),
        ("-420", "1780", "USD", ["0", "500", "1,000", "1,500"]),
        ("-30", "0", "USD", ["-30", "-20", "-10", "0"]),
        ("0", "0.07", "USD", ["0.00", "0.02", "0.04", "0.06"]),
        ("0", "2", "KRW", ["0", "1", "2"]),
        ("0", "0.3", "JPY", ["0"]),
        ("0", "0", "USD", ["0.00"]),
        (
            "0",
            "987e9",
            "KRW",
            [f"{each}00,000,000,000" if each else "0" for each in (0, 2, 4, 6, 8)],
        ),
    ],
)
def test_ticks_are_round_and_no_finer_than_money(
    low: str, high: str, currency: str, texts: list[str]
) -> None:
    assert [text for _, text in ticks(Decimal(low), Decimal(high), currency)] == texts


@given(AMOUNTS, AMOUNTS, st.sampled_from(["USD", "KRW", "KWD"]))
def test_ticks_stay_within_and_say_exactly_where_they_are(
    one: Decimal, other: Decimal, currency: str
) -> None:
    low, high = min(one, other, Decimal(0)), max(one, other, Decimal(0))

    found = ticks(low, high, currency)

    assert 1 <= len(found) <= 7
    assert all(low <= at <= high for at, _ in found)
    assert [Decimal(text.replace(",", "")) for _, text in found] == [at for at, _ in found]
    assert Decimal(0) in [at for at, _ in found]


@pytest.mark.req("ING-30", part="pictures: by day, stacked by the largest groups and the rest")
def test_each_group_is_a_stack_of_all_days_and_the_rest_comes_last() -> None:
    ec2, s3 = (Group((each,), "USD", Decimal(9), None) for each in ("EC2", "S3"))
    euro = Group(("EC2",), "EUR", Decimal(7), None)
    cells = (
        a_cell(1, None, "1"),
        a_cell(1, ec2, "4"),
        a_cell(1, euro, "7", "EUR"),
        a_cell(31, s3, "-2"),
        a_cell(31, ec2, "5"),
    )
    found = Costs(groups=(ec2, s3, euro), cells=cells)

    stacks = stacks_of(found, "USD", OCTOBER, name, "Others")

    assert [(each.name, each.is_rest, each.total) for each in stacks] == [
        ("EC2", False, 9),
        ("S3", False, -2),
        ("Others", True, 1),
    ]
    assert all(len(each.amounts) == 31 for each in stacks)
    assert (stacks[0].amounts[0], stacks[0].amounts[1], stacks[0].amounts[30]) == (4, 0, 5)


@pytest.mark.req("ING-30", part="pictures: by group, largest first, with the rest")
def test_rows_are_groups_of_one_currency_and_the_rest() -> None:
    groups = (Group((None,), "EUR", Decimal(8), None), Group(("S3",), "USD", Decimal(3), None))
    found = Costs(groups=groups, rest={"USD": Decimal("-1.5"), "EUR": Decimal(2)})

    rows = rows_of(found, "USD", name, "Others")

    assert [(each.name, each.amount, each.kind) for each in rows] == [
        ("S3", 3, "group"),
        ("Others", Decimal("-1.5"), "rest"),
    ]


@pytest.mark.req("ING-35", part="waterfall from before over each part to after")
@given(AMOUNTS, st.lists(AMOUNTS.filter(bool), max_size=12))
def test_a_waterfall_begins_where_the_last_step_ended_and_ends_at_the_sum(
    before: Decimal, changes: list[Decimal]
) -> None:
    rows = waterfall(("before", before), [("part", each) for each in changes], "after")

    ends = [before]
    for row, change in zip(rows[1:-1], changes, strict=True):
        assert (row.start, row.amount) == (ends[-1], change)
        assert row.kind == ("more" if change > 0 else "less")
        ends.append(WIDE.add(ends[-1], change))
    assert [(row.start, row.end, row.kind) for row in (rows[0], rows[-1])] == [
        (0, before, "total"),
        (0, ends[-1], "total"),
    ]


@pytest.mark.req("ING-35", part="waterfall of small changes between large bills")
@given(AMOUNTS, st.lists(st.one_of(AMOUNTS, CHANGES).filter(bool), max_size=12))
def test_bars_are_cut_below_everything_that_changes_or_not_at_all(
    before: Decimal, changes: list[Decimal]
) -> None:
    rows = waterfall(("before", before), [("part", each) for each in changes], "after")

    floor = floor_of(rows)

    low, high = min(row.end for row in rows), max(row.end for row in rows)
    span = WIDE.subtract(high, low)
    small = span and low >= WIDE.multiply(span, Decimal(5))
    assert (0 < floor < low) if small else floor == 0


@pytest.mark.req("ING-35", part="waterfall of effects, or of groups")
def test_effects_and_groups_both_sum_to_the_change() -> None:
    a = Step(Decimal(10), Decimal(14), {"tax": Decimal(-1), "volume": Decimal(5)})
    b = Step(Decimal(1), Decimal(0), {"credit": Decimal(-1)})
    same = Step(Decimal(7), Decimal(7))
    bridge = Bridge("USD", a + b + same, [(("a",), a), (("same",), same)], b)
    names = {"tax": "Tax", "volume": "Volume", "credit": "Credits"}

    assert effects_of(bridge, names) == [("Volume", 5), ("Credits", -1), ("Tax", -1)]
    assert changes_of(bridge, name, "Others") == [("a", 4), ("Others", -1)]
