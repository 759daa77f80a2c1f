"""The measures: what they count, what they leave open, and the laws they obey."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops_commitments.figures.domain import Amount, Cell, Figures, Group, Period, Sums
from finops_commitments.figures.measures import figures, hot_spots, unused_after_last_usage
from finops_commitments.figures.records import Filters, HourlyRecords, NotHourlyRecordsError

Record = dict[str, Any]
ARecord = Callable[..., Record]
RecordsOf = Callable[[Sequence[Record]], HourlyRecords]

PLAN = {
    "pricing_category": "Committed",
    "commitment_id": "arn:aws:savingsplans::111111111111:savingsplan/one",
    "commitment_type": "ComputeSavingsPlans",
    "commitment_category": "Spend",
    "commitment_unit": "USD",
}
USED = PLAN | {"commitment_status": "Used"}
UNUSED = PLAN | {"commitment_status": "Unused"}

money = st.decimals(0, Decimal("1e20"), places=12, allow_nan=False, allow_infinity=False)
amounts = st.builds(Amount, money)


def only(cells: list[Figures]) -> Figures:
    (cell,) = cells
    return cell


@pytest.mark.req("COM-22", part="a missing price is unknown with a count")
def test_a_missing_price_makes_figures_unknown_and_is_counted(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    records = records_of(
        [
            a_record(**USED, list_cost="3", effective_cost="2", lines=5, lines_without_list_cost=1),
            a_record(list_cost=None, effective_cost="4", lines=2, lines_without_list_cost=2),
        ]
    )

    cell = only(figures(records))

    assert cell.lines_without_price == 3
    assert cell.on_demand_equivalent is None
    assert cell.on_demand_cost is None
    assert cell.coverage_percent is None
    assert cell.net_savings is None
    assert cell.amortised_cost == 2
    assert cell.on_demand_charged == 4


@pytest.mark.req("COM-22", part="net savings may be negative")
def test_an_unused_plan_shows_as_a_loss(records_of: RecordsOf, a_record: ARecord) -> None:
    records = records_of([a_record(**UNUSED, effective_cost="5"), a_record(list_cost="20")])

    cell = only(figures(records))

    assert cell.net_savings == -5
    assert cell.effective_savings_rate_percent == -25
    assert cell.utilization_percent == 0


@pytest.mark.req("COM-21", part="own, shared and on-demand")
def test_coverage_is_split_by_who_owns_the_commitment(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    azure = USED | {"commitment_id": "/providers/Microsoft.Capacity/orders/1"}
    records = records_of(
        [
            a_record(**USED, account_id="111111111111", list_cost="1"),
            a_record(**USED, account_id="222222222222", list_cost="2"),
            a_record(**azure, account_id="111111111111", list_cost="4"),
            a_record(list_cost="8"),
        ]
    )

    cell = only(figures(records))

    assert [cell.covered_own, cell.covered_shared, cell.covered_owner_unknown] == [1, 2, 4]
    assert cell.on_demand_cost == 8
    assert cell.on_demand_equivalent == 15


@pytest.mark.req("COM-21", part="over-commitment and the OpsNow formula")
def test_more_commitment_than_eligible_usage_names_the_cell(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    records = records_of(
        [
            a_record(**USED, region="eu-west-1", list_cost="10", effective_cost="6"),
            a_record(**UNUSED, region="eu-west-1", effective_cost="2"),
            a_record(**USED, region="us-east-1", list_cost="10", effective_cost="6"),
            a_record(region="us-east-1", list_cost="10", effective_cost="10"),
        ]
    )

    over, under = figures(records, group=[Group.REGION])

    assert over.cell.group(Group.REGION) == "eu-west-1"
    assert over.over_committed is True
    assert over.commitment_to_eligible_percent == 120
    assert over.coverage_percent == 100
    assert over.coverage_opsnow_percent == 125
    assert under.over_committed is False
    assert under.commitment_to_eligible_percent == 50


@pytest.mark.req("COM-22", part="negotiated and commitment savings apart")
def test_negotiated_and_commitment_savings_are_kept_apart(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    records = records_of(
        [
            a_record(**USED, list_cost="10", contracted_cost="9", effective_cost="6"),
            a_record(**UNUSED, effective_cost="1"),
            a_record(list_cost="20", contracted_cost="18", effective_cost="18"),
        ]
    )

    cell = only(figures(records))

    assert cell.negotiated_savings == 3
    assert cell.commitment_savings == 2
    assert cell.net_savings == 3


def test_an_unknown_negotiated_price_leaves_public_figures_known(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    records = records_of([a_record(**USED, list_cost="10", effective_cost="6")])

    cell = only(figures(records))

    assert cell.negotiated_savings is None
    assert cell.net_savings == 4


@pytest.mark.req("COM-21", part="Savings Plan and RI coverage stated apart")
def test_plan_coverage_counts_neither_reserved_usage_nor_what_plans_cannot_cover(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    reserved = USED | {"commitment_category": "Usage", "commitment_unit": "Hours"}
    database = {"service": "AmazonRDS", "usage_type": "InstanceUsage:db.r5.large"}
    records = records_of(
        [
            a_record(**USED, list_cost="1", usage_quantity="1"),
            a_record(**reserved, list_cost="100", usage_quantity="2"),
            a_record(**database, list_cost="50", usage_quantity="3"),
            a_record(list_cost="3", usage_quantity="4"),
        ]
    )

    cell = only(figures(records))

    assert cell.savings_plan_coverage_percent == 25
    assert cell.reserved_instance_coverage_percent == 20


def test_spot_tax_and_purchases_are_no_eligible_usage(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    records = records_of(
        [
            a_record(pricing_category="Dynamic", usage_type="SpotUsage:m5.large", list_cost="1"),
            a_record(charge_category="Tax", list_cost="1", effective_cost="1"),
            a_record(charge_category="Purchase", billed_cost="1"),
            a_record(service="AmazonS3", usage_type="TimedStorage-ByteHrs", list_cost="1"),
        ]
    )

    cell = only(figures(records))

    assert cell.on_demand_equivalent == 0
    assert cell.coverage_percent is None
    assert cell.lines == 4


def test_periods_start_in_utc_and_currencies_are_never_added_up(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    late = datetime(2026, 10, 31, 23, tzinfo=UTC)
    records = records_of(
        [
            a_record(hour=late, list_cost="1"),
            a_record(hour=late, list_cost="2", currency="KRW"),
            a_record(list_cost="4"),
        ]
    )

    cells = figures(records, Period.DAY)

    assert [(c.cell.currency, c.cell.period_start, c.on_demand_cost) for c in cells] == [
        ("KRW", datetime(2026, 10, 31, tzinfo=UTC), Decimal(2)),
        ("USD", datetime(2026, 10, 1, tzinfo=UTC), Decimal(4)),
        ("USD", datetime(2026, 10, 31, tzinfo=UTC), Decimal(1)),
    ]


def test_a_line_of_a_day_stands_in_its_day_and_in_no_hour(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    records = records_of([a_record(list_cost="1"), a_record(list_cost="2", charge_span="day")])

    hour, day = only(figures(records, Period.HOUR)), only(figures(records, Period.DAY))

    assert [hour.on_demand_cost, day.on_demand_cost] == [1, 3]


def test_filters_keep_only_what_they_name(records_of: RecordsOf, a_record: ARecord) -> None:
    noon = datetime(2026, 10, 1, 12, tzinfo=UTC)
    records = records_of(
        [
            a_record(list_cost="1", region=None),
            a_record(list_cost="2"),
            a_record(list_cost="4", hour=noon),
        ]
    )

    nowhere = only(figures(records, filters=Filters(groups=((Group.REGION, None),))))
    morning = only(figures(records, filters=Filters(until=noon)))
    afternoon = only(figures(records, filters=Filters(since=noon, currency="USD")))

    assert [c.on_demand_cost for c in (nowhere, morning, afternoon)] == [1, 3, 4]


@pytest.mark.req("COM-25", part="where uncovered spend is")
def test_hot_spots_are_the_dearest_uncovered_services_first(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    rds = {"service": "AmazonRDS", "usage_type": "InstanceUsage:db.r5.large"}
    records = records_of(
        [a_record(list_cost="1"), a_record(**rds, list_cost="2"), a_record(**USED, region="x")]
    )

    spots = hot_spots(records)

    assert [s.cell.group(Group.SERVICE) for s in spots] == ["AmazonRDS", "AmazonEC2"]


def test_commitment_after_the_last_usage_is_pointed_out(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    later = datetime(2026, 10, 1, 2, tzinfo=UTC)
    records = records_of(
        [a_record(list_cost="1"), a_record(**UNUSED, hour=later, effective_cost="7")]
    )

    end, waste = unused_after_last_usage(records)

    assert (end, waste) == (later, Amount(Decimal(7)))


def test_records_of_another_shape_are_refused_with_the_reason(
    table_of: Callable[[Sequence[Record]], pa.Table],
) -> None:
    table = table_of([])
    floats = table.set_column(
        table.column_names.index("list_cost"), "list_cost", pa.array([], pa.float64())
    )

    with pytest.raises(NotHourlyRecordsError, match="columns are missing: currency"):
        HourlyRecords.from_arrow(table.drop_columns(["currency"]))
    with pytest.raises(NotHourlyRecordsError, match="list_cost is DOUBLE"):
        HourlyRecords.from_arrow(floats)


@settings(deadline=None)
@given(covered=amounts, used=amounts, unused=amounts, on_demand=amounts)
def test_savings_and_cost_always_add_up_to_the_on_demand_equivalent(
    covered: Amount, used: Amount, unused: Amount, on_demand: Amount
) -> None:
    sums = Sums(covered=covered, used=used, unused=unused, on_demand=on_demand)

    cell = Figures(Cell("USD"), sums, lines=1)

    known = (cell.net_savings, cell.amortised_cost, cell.on_demand_cost)
    parts = (Amount(part) for part in known if part is not None)
    assert sum(parts, Amount()).value == cell.on_demand_equivalent
    assert cell.coverage_percent is None or 0 <= cell.coverage_percent <= 100
    assert cell.utilization_percent is None or 0 <= cell.utilization_percent <= 100


@settings(deadline=None)
@given(left=amounts, right=amounts)
def test_amounts_add_without_rounding(left: Amount, right: Amount) -> None:
    assert (left + right) - right == left
