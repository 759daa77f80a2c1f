"""What counts toward a contract, and what is expected ahead, from hourly records."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.planned_changes.domain import PlannedChange, Where
from finops_commitments.spend_contracts.spending import Counted, expected_by_day, spent_by_day
from finops_common.ids import new_id

ARecord = Callable[..., dict[str, Any]]
RecordsOf = Callable[[Sequence[dict[str, Any]]], HourlyRecords]
TODAY = date(2026, 12, 2)
YESTERDAY = datetime(2026, 12, 1, 5, tzinfo=UTC)
AWS = Counted("AWS", "USD")


@pytest.mark.req("COM-34", part="which costs count")
@pytest.mark.parametrize(
    ("counted", "values", "counts"),
    [
        (AWS, {}, True),
        (AWS, {"charge_category": "Purchase"}, True),
        (AWS, {"charge_category": "Tax"}, False),
        (AWS, {"charge_category": "Credit"}, False),
        (AWS, {"provider": "Microsoft"}, False),
        (AWS, {"currency": "EUR"}, False),
        (AWS, {"hour": datetime(2026, 12, 2, tzinfo=UTC)}, False),
        (Counted("AWS", "USD", payers=("222222222222",)), {}, False),
        (Counted("AWS", "USD", payers=("111111111111", "222222222222")), {}, True),
        (Counted("AWS", "USD", excluded_services=("AmazonEC2",)), {}, False),
    ],
)
def test_costs_count_as_the_contract_says(
    a_record: ARecord, records_of: RecordsOf, counted: Counted, values: dict[str, Any], counts: bool
) -> None:
    record = a_record(**{"hour": YESTERDAY, "billed_cost": "12.345678901234", **values})

    found = spent_by_day(records_of([record]), counted, TODAY)

    assert found == ({date(2026, 12, 1): Decimal("12.345678901234")} if counts else {})


@pytest.mark.req("COM-34", part="forecast from the last thirty days")
def test_the_days_ahead_are_expected_as_the_thirty_before(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    daily = [
        a_record(hour=YESTERDAY - timedelta(days=back), billed_cost=cost)
        for back, cost in [*((back, "3") for back in range(30)), (30, "999")]
    ]
    upfront = a_record(hour=YESTERDAY, billed_cost="5000", charge_span="term")
    fee = a_record(hour=datetime(2026, 12, 1, tzinfo=UTC), billed_cost="365", charge_span="month")
    old_fee = fee | {"hour": datetime(2026, 11, 1, tzinfo=UTC)}

    records = records_of([*daily, upfront, fee, old_fee])
    found = expected_by_day(records, AWS, TODAY, date(2026, 12, 5), [])

    assert found.base_days == 30
    # Three of use and a twelfth of 365 fees a year.
    assert found.days == {date(2026, 12, day): Decimal(15) for day in (2, 3, 4)}


@pytest.mark.req("COM-34", part="forecast of what is new or empty")
def test_younger_records_are_averaged_over_the_days_there_are(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    two = [a_record(hour=YESTERDAY - timedelta(days=1), billed_cost="4")]
    nothing = records_of([a_record(charge_category="Tax")])

    found = expected_by_day(records_of(two), AWS, TODAY, date(2026, 12, 4), [])

    assert (found.base_days, set(found.days.values())) == (2, {Decimal(2)})
    assert expected_by_day(nothing, AWS, TODAY, date(2026, 12, 4), []).days == {}


@pytest.mark.req("COM-33", part="a forecast uses them and says so")
def test_planned_changes_change_the_days_ahead(a_record: ARecord, records_of: RecordsOf) -> None:
    m5 = a_record(hour=YESTERDAY, billed_cost="6", family="m5")
    c5 = a_record(hour=YESTERDAY, billed_cost="1", family="c5")
    leave = PlannedChange(
        new_id(), "leave", Where(family="m5"), date(2026, 12, 3), Decimal(-100), Decimal(50)
    )

    found = expected_by_day(records_of([m5, c5]), AWS, TODAY, date(2026, 12, 5), [leave])

    assert list(found.days.values()) == [7, 4, 4]
    (effect,) = found.effects
    assert (effect.change, effect.classes, effect.added) == (leave, 1, -6.0)


@pytest.mark.req("COM-33", part="a forecast goes on from what a change that began has made")
def test_a_change_that_has_begun_is_read_from_the_bill_since_then(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    days = [YESTERDAY - timedelta(days=back) for back in range(30)]
    shut = [a_record(hour=day, billed_cost="6", family="m5") for day in days[10:]]
    grown = [
        a_record(hour=day, billed_cost="5" if back < 10 else "2", family="r5")
        for back, day in enumerate(days)
    ]
    other = [a_record(hour=day, billed_cost="1", family="c5") for day in days]
    began = days[9].date()
    changes = [
        PlannedChange(new_id(), "shut", Where(family="m5"), began, Decimal(-100), Decimal(100)),
        PlannedChange(new_id(), "grow", Where(family="r5"), began, Decimal(100), Decimal(80)),
    ]

    records = records_of([*shut, *grown, *other])
    found = expected_by_day(records, AWS, TODAY, date(2026, 12, 4), changes)

    # Nothing of what was shut, 5 of what grew to more than was planned, 1 of the rest.
    assert list(found.days.values()) == [6, 6]
    assert expected_by_day(records, AWS, TODAY, date(2026, 12, 4), []).days[TODAY] == 8
