"""Laws of Google Cloud bills: cost and credits are billed exactly, whatever the rows are."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.convert import convert_bill

FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
CREDITS = (
    "COMMITTED_USAGE_DISCOUNT",
    "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE",
    "FEE_UTILIZATION_OFFSET",
    "SUSTAINED_USAGE_DISCOUNT",
    "PROMOTION",
    "RESELLER_MARGIN",
)
SKUS = (
    "N2 Instance Core running in Seoul",
    "Commitment v1: N2 Cpu in Seoul for 1 Year",
    "Commitment - dollar based v1: GCE for 1 year",
    "Compute Flexible CUD Fee - 1 Year",
    "Spot Preemptible E2 Instance Ram",
)

amounts = st.decimals(-99_999, 99_999, places=12)
credit_lists = st.lists(
    st.fixed_dictionaries({"type": st.sampled_from(CREDITS), "amount": amounts.map(str)}),
    max_size=3,
)
rows = st.fixed_dictionaries(
    {
        "billing_account_id": st.just("01"),
        "service": st.just({"id": "A", "description": "Compute Engine"}),
        "sku": st.sampled_from(SKUS).map(lambda name: {"id": name[:9], "description": name}),
        "usage_start_time": st.sampled_from(
            ("2026-09-30 23:00:00 UTC", "2026-10-31 23:00:00 UTC", "2026-11-01T06:00:00Z")
        ),
        "usage_end_time": st.just("2026-11-01T07:00:00Z"),
        "cost": amounts.map(str),
        "currency": st.sampled_from(("USD", "KRW")),
        "currency_conversion_rate": st.sampled_from((None, "1", "1392.51")),
        "credits": credit_lists,
        "cost_type": st.sampled_from(("regular", "regular", "tax", "adjustment", "rounding_error")),
        "invoice": st.sampled_from(("202610", "202611")).map(lambda month: {"month": month}),
        "usage": st.fixed_dictionaries(
            {"amount_in_pricing_units": amounts.map(str), "pricing_unit": st.just("hour")}
        ),
        "subscription": st.sampled_from(({"instance_id": None}, {"instance_id": "s/1"})),
        "consumption_model": st.sampled_from(
            ({"description": None}, {"description": "Default"}, {"description": "Flexible CUD"})
        ),
        "cost_at_list": st.one_of(st.none(), amounts.map(str)),
    }
)
bills = st.lists(rows, min_size=1, max_size=30)


def converted(bill: Sequence[dict[str, Any]]) -> Conversion:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bill.json"
        path.write_text("".join(json.dumps(row) + "\n" for row in bill))
        return convert_bill([path], Path(folder) / "out")


def owed(bill: Sequence[dict[str, Any]]) -> dict[tuple[str, str], Decimal]:
    """Cost and credits of a bill by period and currency, added up row by row."""
    sums: dict[tuple[str, str], Decimal] = {}
    for row in bill:
        month = row["invoice"]["month"]
        key = (f"{month[:4]}-{month[4:]}", row["currency"])
        lowered = sum((Decimal(credit["amount"]) for credit in row["credits"]), Decimal(0))
        sums[key] = sums.get(key, Decimal(0)) + Decimal(row["cost"]) + lowered
    return sums


def billed(conversion: Conversion) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = {}
    for total in conversion.totals:
        key = (total.period, total.currency)
        sums[key] = sums.get(key, Decimal(0)) + total.costs.billed_cost
    return sums


@FEW
@given(bills)
@pytest.mark.req("ING-14", part="totals against the Google Cloud bill")
def test_records_bill_and_amortise_cost_and_credits_to_the_last_digit(
    bill: list[dict[str, Any]],
) -> None:
    conversion = converted(bill)

    assert (conversion.rows_read, conversion.rows_accepted) == (len(bill), len(bill))
    assert billed(conversion) == owed(bill)
    amortised = sum(total.costs.effective_cost for total in conversion.totals)
    assert amortised == sum(owed(bill).values())


@FEW
@given(bills)
def test_splitting_a_line_loses_no_list_cost(bill: list[dict[str, Any]]) -> None:
    regular = [row for row in bill if row["cost_type"] == "regular" and row["sku"] == _core()]
    plain = [row | {"subscription": None, "credits": list(_plain(row))} for row in regular]
    if not plain:
        return

    found = sum(total.costs.list_cost for total in converted(plain).totals)

    assert found == sum(Decimal(row["cost_at_list"] or row["cost"]) for row in plain)


def _core() -> dict[str, str]:
    return {"id": SKUS[0][:9], "description": SKUS[0]}


def _plain(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Its credits without fee offsets: they would make the line a fee."""
    return (credit for credit in row["credits"] if credit["type"] != "FEE_UTILIZATION_OFFSET")


@FEW
@given(bills)
def test_parquet_says_what_json_lines_say(bill: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parquet = Path(folder) / "bill.parquet"
        stored = [row | {"credits": [*row["credits"], _no_credit()]} for row in bill]
        pq.write_table(pa.Table.from_pylist(stored), parquet)

        of_parquet = convert_bill([parquet], Path(folder) / "out").totals

    assert set(of_parquet) == set(converted(bill).totals)


def _no_credit() -> dict[str, str]:
    """A credit of nothing, so that Arrow can tell the type of empty lists."""
    return {"type": "PROMOTION", "amount": "0"}
