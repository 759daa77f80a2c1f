"""The four golden hours: every Savings Plan and reservation line type, with known answers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.totals import by_currency

GOLDEN = Path(__file__).parents[2] / "data" / "aws-cur" / "golden"
EXPECTED = json.loads((GOLDEN / "golden-1-expected.json").read_text())["scenarios"]
FILES = ("golden-1-legacy-cur.csv", "golden-1-cur2-names.parquet")
CLOSE = Decimal("1e-9")

Rows = Callable[..., list[dict[str, Any]]]
Convert = Callable[..., Conversion]


def total(rows: list[dict[str, Any]], column: str) -> Decimal:
    return sum((row[column] for row in rows if row[column] is not None), Decimal(0))


@pytest.mark.req("ING-10", part="legacy CUR and CUR 2.0 files")
@pytest.mark.req("ING-21")
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("scenario", EXPECTED, ids=lambda scenario: str(scenario["payer"]))
def test_each_plan_is_used_unused_and_worth_what_the_guide_says(
    file: str, scenario: dict[str, Any], convert: Convert, hourly: Rows
) -> None:
    rows = hourly(convert(GOLDEN / file), f"payer_account_id = '{scenario['payer']}'")

    for plan in scenario["plans"]:
        of_plan = [row for row in rows if row["commitment_id"] == plan["arn"]]
        used = [row for row in of_plan if row["commitment_status"] == "Used"]
        unused = [row for row in of_plan if row["commitment_status"] == "Unused"]
        bought = [row for row in of_plan if row["charge_kind"] == "SavingsPlanRecurringFee"]
        purchases = [row for row in bought if row["charge_category"] == "Purchase"]
        assert total(used, "effective_cost") == Decimal(str(plan["used_commitment"]))
        assert total(used, "commitment_quantity") == Decimal(str(plan["used_commitment"]))
        assert total(unused, "effective_cost") == Decimal(str(plan["unused_commitment"]))
        assert total(purchases, "commitment_quantity") == Decimal(str(plan["commitment_per_hour"]))
        assert total(used, "billed_cost") == 0
        ode = Decimal(str(plan["on_demand_equivalent_covered"]))
        assert abs(total(used, "list_cost") - ode) < CLOSE
        assert {row["commitment_category"] for row in of_plan} == {"Spend"}
        assert {row["commitment_unit"] for row in of_plan} == {"USD"}


@pytest.mark.req("ING-10", part="legacy CUR and CUR 2.0 files")
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("scenario", EXPECTED, ids=lambda scenario: str(scenario["payer"]))
def test_an_hour_costs_its_amortised_sum_and_bills_its_unblended_sum(
    file: str, scenario: dict[str, Any], convert: Convert, hourly: Rows
) -> None:
    rows = hourly(convert(GOLDEN / file), f"payer_account_id = '{scenario['payer']}'")

    of_hour = [row for row in rows if row["charge_span"] == "hour"]
    cost = Decimal(str(scenario["amortised_cost_of_the_hour"]))
    assert abs(total(of_hour, "effective_cost") - cost) < CLOSE
    billed = Decimal(str(scenario["sum_unblended_excl_upfront_and_monthly_rifee"]))
    assert abs(total(of_hour, "billed_cost") - billed) < CLOSE
    ode = Decimal(str(scenario["on_demand_equivalent_total"]))
    assert abs(total(of_hour, "list_cost") - ode) < CLOSE


@pytest.mark.parametrize("file", FILES)
def test_a_reservation_is_used_unused_and_bought_in_hours(
    file: str, convert: Convert, hourly: Rows
) -> None:
    month_end = datetime(2026, 11, 1, tzinfo=UTC)
    rows = hourly(convert(GOLDEN / file, as_of=month_end), "commitment_type = 'Reserved Instance'")

    figures = {
        (row["charge_category"], row["commitment_status"]): (
            row["commitment_quantity"],
            row["effective_cost"],
            row["billed_cost"],
            row["charge_span"],
        )
        for row in rows
    }
    assert figures == {
        ("Usage", "Used"): (2, Decimal("1.24"), 0, "hour"),
        ("Usage", "Unused"): (1486, Decimal("921.32"), 0, "month"),
        ("Purchase", None): (1488, 0, Decimal("922.56"), "month"),
    }
    assert {row["commitment_unit"] for row in rows} == {"Hours"}


@pytest.mark.req("ING-14", part="totals against the bill")
@pytest.mark.parametrize("file", FILES)
def test_the_whole_bill_adds_up_to_its_unblended_cost(file: str, convert: Convert) -> None:
    conversion = convert(GOLDEN / file)

    assert (conversion.rows_read, conversion.rows_accepted, conversion.refusals) == (48, 48, ())
    assert conversion.findings == ()
    categories = by_currency(conversion.totals)["USD"]
    assert sum(costs.billed_cost for costs in categories.values()) == Decimal("394413.1028571429")
    assert categories["Purchase"].billed_cost == Decimal("394291.46")
    assert categories["Purchase"].effective_cost == 0
