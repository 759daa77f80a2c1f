"""Figures by cost group: the groups and what is of none are the whole."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.commitments.cost_groups.test_domain import accounts, drawn_rules, services

from finops_commitments.cost_groups.domain import UNKNOWN
from finops_commitments.figures.domain import Figures, Group, Period, Sums
from finops_commitments.figures.measures import count_cells, explain, figures
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_common.contracts.ingestion_queries import CostGroupRules, RecordFilter, RecordRule

Record = dict[str, Any]
ARecord = Callable[..., Record]
RecordsOf = Callable[[Sequence[Record]], HourlyRecords]
BY_GROUP = (Group.COST_GROUP,)

SHOP = CostGroupRules(
    version=3,
    parents={"shop": None, "web": "shop", "ops": None},
    rules=(
        RecordRule(group_id="web", filters=(accounts("111111111111"), services("AmazonEC2"))),
        RecordRule(group_id="shop", filters=(accounts("111111111111"),)),
        RecordRule(group_id="ops", filters=(RecordFilter(column=None), accounts("222222222222"))),
    ),
)
PLAN = {
    "pricing_category": "Committed",
    "commitment_id": "arn:aws:savingsplans::111111111111:savingsplan/one",
    "commitment_category": "Spend",
}


@pytest.fixture
def shop(records_of: RecordsOf, a_record: ARecord) -> HourlyRecords:
    covered = PLAN | {"commitment_status": "Used", "list_cost": "3", "effective_cost": "2"}
    records = records_of(
        [
            a_record(list_cost="1"),
            a_record(**covered),
            a_record(service="AmazonRDS", usage_type="InstanceUsage:db.m5.large", list_cost="4"),
            a_record(account_id="222222222222", list_cost="8"),
            a_record(account_id="333333333333", list_cost="16"),
            a_record(**PLAN, commitment_status="Unused", effective_cost="5", account_id=None),
        ]
    )
    records.sort_into(SHOP)
    return records


def on_demand(cells: Sequence[Figures]) -> dict[str | None, Any]:
    return {cell.cell.group(Group.COST_GROUP): cell.on_demand_cost for cell in cells}


@pytest.mark.req("COM-21", part="coverage by cost group")
@pytest.mark.req("COM-20", part="utilization by cost group")
def test_each_record_counts_in_its_group_alone(shop: HourlyRecords) -> None:
    cells = figures(shop, group=BY_GROUP)

    assert on_demand(cells) == {None: 16, "shop": 4, "web": 1, UNKNOWN: 8}
    by_name = {cell.cell.group(Group.COST_GROUP): cell for cell in cells}
    assert by_name["web"].coverage_percent == 75
    assert [by_name["web"].used, by_name["web"].unused] == [2, 0]
    assert by_name[None].unused == 5
    assert count_cells(shop, group=BY_GROUP) == 4


@pytest.mark.req("COM-21", part="filtered by cost group, with those below it")
@pytest.mark.parametrize(
    ("value", "alone", "expected"),
    [
        ("shop", False, 5),
        ("shop", True, 4),
        ("web", False, 1),
        (UNKNOWN, False, 8),
        (None, False, 16),
        ("gone", False, None),
    ],
)
def test_a_group_takes_in_those_below_it_unless_alone(
    shop: HourlyRecords, value: str | None, alone: bool, expected: int | None
) -> None:
    found = figures(shop, filters=Filters(groups=((Group.COST_GROUP, value),), alone=alone))

    assert [cell.on_demand_cost for cell in found] == ([] if expected is None else [expected])


@pytest.mark.req("COM-23", part="a cost group's figure")
def test_a_groups_row_is_explained_as_it_is_shown(shop: HourlyRecords) -> None:
    for cell in figures(shop, Period.HOUR, group=BY_GROUP):
        explanation = explain(shop, "on_demand_cost", cell.cell, Filters(alone=True))

        assert explanation.value == cell.on_demand_cost


def test_other_rules_sort_anew_and_none_no_more(shop: HourlyRecords) -> None:
    shop.sort_into(CostGroupRules(version=4, rules=(RecordRule(group_id="all"),)))
    assert on_demand(figures(shop, group=BY_GROUP)) == {"all": 29}

    shop.sort_into(None)
    (whole,) = figures(shop)
    assert whole.on_demand_cost == 29


rows = st.lists(
    st.fixed_dictionaries(
        {
            "account_id": st.sampled_from(["1", "2", None]),
            "service": st.sampled_from(["1", "2"]),
            "list_cost": st.none() | st.integers(0, 99).map(str),
            "commitment_status": st.sampled_from([None, "Used", "Unused"]),
            "lines": st.integers(0, 3),
        }
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.req("COM-20", part="cost groups and what is of none add up to the total")
@pytest.mark.req("COM-21", part="cost groups and what is of none add up to the total")
@given(rows, drawn_rules)
def test_groups_unknown_and_none_add_up_to_the_total(
    a_record: ARecord,
    table_of: Callable[[Sequence[Record]], pa.Table],
    drawn: list[Record],
    rules: list[RecordRule],
) -> None:
    table = table_of([a_record(**values) for values in drawn])
    with HourlyRecords.from_arrow(table) as records:
        (total,) = figures(records)
        records.sort_into(CostGroupRules(version=1, rules=tuple(rules)))
        parts = figures(records, group=BY_GROUP)

    assert reduce(add, (cell.sums for cell in parts), Sums()) == total.sums
    assert sum(cell.lines for cell in parts) == total.lines
