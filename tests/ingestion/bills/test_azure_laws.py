"""Laws of Azure bills: whatever lines there are, records sum to them, by view and by status."""

import csv
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops_ingestion.bills.convert import convert_bill

Line = dict[str, str]
FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
AMOUNTS = st.decimals("-99999", "99999", places=12)
PLAN = "/providers/Microsoft.BillingBenefits/savingsPlanOrders/1/savingsPlans/2"
KINDS = (
    ("Usage", "OnDemand", ""),
    ("Usage", "Spot", ""),
    ("Usage", "SavingsPlan", PLAN),
    ("Usage", "Reservation", "r-1"),
    ("UnusedSavingsPlan", "SavingsPlan", PLAN),
    ("UnusedReservation", "Reservation", "r-1"),
    ("Purchase", "OnDemand", ""),
    ("Tax", "", ""),
    ("RoundingAdjustment", "", ""),
)


@st.composite
def amortised_lines(draw: st.DrawFn) -> Line:
    """Any line an amortised export may have, on one of three days in one of two regions."""
    kind, model, benefit = draw(st.sampled_from(KINDS))
    return {
        "BillingAccountId": "0086115",
        "PartNumber": "AAA-1",
        "BillingPeriodStartDate": "10/01/2026",
        "Date": draw(st.sampled_from(["10/05/2026", "10/06/2026", "10/31/2026"])),
        "MeterCategory": draw(st.sampled_from(["Virtual Machines", "Storage"])),
        "ResourceLocation": draw(st.sampled_from(["EastUS", "US East", "westus2"])),
        "Quantity": str(draw(st.decimals(0, 1000, places=6))),
        "Cost": str(draw(AMOUNTS)),
        "UnitPrice": "0.1",
        "BillingCurrency": "USD",
        "ChargeType": kind,
        "PricingModel": model,
        "benefitId": benefit,
    }


def is_committed(line: Line) -> bool:
    return bool(line["benefitId"])


def records(lines: Sequence[Line]) -> list[tuple[str, Decimal, Decimal, Decimal, int]]:
    """Status, billed and effective cost, usage and lines of the hourly records."""
    with tempfile.TemporaryDirectory() as folder:
        bill = Path(folder) / "bill.csv"
        with bill.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(lines[0]))
            writer.writeheader()
            writer.writerows(lines)
        converted = convert_bill([bill], Path(folder) / "out", line_items=True)
        (period,) = converted.periods
        (hourly,) = map(str, period.hourly_files)
        return duckdb.read_parquet(hourly).project(
            "coalesce(commitment_status, ''), billed_cost, effective_cost,"
            " coalesce(usage_quantity, 0), lines"
        ).fetchall()  # fmt: skip


@FEW
@given(st.lists(amortised_lines(), min_size=1, max_size=40))
@pytest.mark.req("ING-10", part="Azure exports keep their sums by the hour")
def test_records_sum_to_the_lines_whatever_they_are(lines: list[Line]) -> None:
    found = records(lines)

    costs = [Decimal(line["Cost"]) for line in lines]
    usage = [Decimal(line["Quantity"]) for line in lines if line["ChargeType"] == "Usage"]
    assert sum(row[4] for row in found) == len(lines)
    assert sum(row[2] for row in found) == sum(costs)
    assert sum(row[3] for row in found) == sum(usage)
    assert sum(row[1] for row in found) == sum(
        cost for cost, line in zip(costs, lines, strict=True) if not is_committed(line)
    )


@FEW
@given(st.lists(amortised_lines(), min_size=1, max_size=40))
def test_used_and_unused_commitment_is_what_the_committed_lines_cost(lines: list[Line]) -> None:
    found = records(lines)

    committed = [Decimal(line["Cost"]) for line in lines if is_committed(line)]
    assert sum(row[2] for row in found if row[0]) == sum(committed)
    assert all(row[1] == 0 for row in found if row[0])
