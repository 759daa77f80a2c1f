"""The golden bill's expected figures, from hourly records built line by line."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from finops_commitments.figures.domain import Figures, Group, Period, Sums
from finops_commitments.figures.measures import commitment_figures, figures
from finops_commitments.figures.records import HourlyRecords
from finops_common.contracts.ingestion_queries import CostGroupRules, RecordFilter, RecordRule

CLOSE = Decimal("1e-6")
OF_SOME_ACCOUNTS = CostGroupRules(
    version=1,
    rules=(
        RecordRule(
            group_id="some",
            filters=(RecordFilter(column="account_id", values=("111111111111", "444444444444")),),
        ),
    ),
)


@pytest.fixture
def golden(
    records_of: Callable[[Sequence[dict[str, Any]]], HourlyRecords],
    golden_rows: list[dict[str, Any]],
) -> HourlyRecords:
    return records_of(golden_rows)


def close(value: Decimal | None, expected: Decimal) -> bool:
    return value is not None and abs(value - expected) <= CLOSE


@pytest.mark.req("COM-20", part="used, unused and utilization per Savings Plan")
def test_each_plan_of_the_golden_bill_is_used_as_expected(
    golden: HourlyRecords, golden_expected: list[dict[str, Any]]
) -> None:
    plans = [plan for scenario in golden_expected for plan in scenario["plans"]]

    found = {cell.cell.group(Group.COMMITMENT): cell for cell in commitment_figures(golden)}

    assert len(found) == len(plans) + 1
    for plan in plans:
        cell = found[plan["arn"]]
        assert close(cell.total, plan["commitment_per_hour"])
        assert close(cell.used, plan["used_commitment"])
        assert close(cell.unused, plan["unused_commitment"])
        assert close(cell.utilization_percent, plan["utilization_pct"])
        assert close(cell.covered, plan["on_demand_equivalent_covered"])
        assert close(cell.net_savings, plan["net_savings"])


@pytest.mark.req("COM-20", part="used, unused and utilization per RI, in units and money")
def test_the_reserved_instance_of_the_golden_bill_counts_its_whole_month(
    golden: HourlyRecords, golden_expected: list[dict[str, Any]]
) -> None:
    expected = golden_expected[3]

    (cell,) = (c for c in commitment_figures(golden) if c.unit == "Hours")

    assert close(cell.total, expected["ri_fee_month"])
    assert close(cell.used, expected["ri_effective_cost"])
    assert close(cell.covered, expected["ri_on_demand_equivalent"])
    assert cell.sums.unused_units.value == expected["ri_unused_hours"]
    assert close(cell.utilization_percent, Decimal(2) / Decimal(1488) * 100)
    assert close(cell.net_savings, Decimal(2) - expected["ri_fee_month"])


@pytest.mark.req("COM-21", part="coverage by payer and hour")
@pytest.mark.req("COM-22", part="on-demand equivalent, net savings, effective savings rate")
def test_each_hour_of_the_golden_bill_has_its_expected_figures(
    golden: HourlyRecords, golden_expected: list[dict[str, Any]]
) -> None:
    cells = figures(golden, Period.HOUR, (Group.PAYER,))

    by_payer: dict[str | None, Figures] = {
        cell.cell.group(Group.PAYER): cell for cell in cells if cell.total
    }
    for scenario in golden_expected:
        cell = by_payer[scenario["payer"]]
        start = cell.cell.period_start
        assert start is not None
        assert start.isoformat().replace("+00:00", "Z") == scenario["hour"]
        assert close(cell.on_demand_cost, scenario["on_demand_charges"])
        assert close(cell.on_demand_equivalent, scenario["on_demand_equivalent_total"])
        assert close(cell.savings_plan_coverage_percent, scenario["sp_coverage_pct"])
        assert cell.amortised_cost is not None
        assert cell.on_demand_cost is not None
        cost = cell.amortised_cost + cell.on_demand_cost
        assert close(cost, scenario["amortised_cost_of_the_hour"])
        assert close(cell.net_savings, scenario["savings_vs_on_demand"])
        rate = scenario["effective_savings_rate_pct"]
        assert close(cell.effective_savings_rate_percent, rate)


def test_the_unused_month_of_a_reservation_counts_in_the_month_and_in_no_hour(
    golden: HourlyRecords,
) -> None:
    monthly = figures(golden, Period.MONTH)
    hourly = figures(golden, Period.HOUR)

    (month,) = monthly
    hours = sum((cell.sums.unused.known for cell in hourly), Decimal(0))
    assert month.unused == Decimal("924.195")
    assert hours == Decimal("2.875")


@pytest.mark.req("COM-21", part="every breakdown adds up to the whole")
@pytest.mark.parametrize("group", list(Group))
def test_the_cells_of_any_breakdown_add_up_to_the_whole(
    golden: HourlyRecords, group: Group
) -> None:
    (whole,) = figures(golden)
    golden.sort_into(OF_SOME_ACCOUNTS)

    cells = figures(golden, Period.MONTH, (group,))

    assert sum((cell.sums for cell in cells), Sums()) == whole.sums
    assert sum(cell.lines for cell in cells) == whole.lines
