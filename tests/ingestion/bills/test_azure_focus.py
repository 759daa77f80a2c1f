"""Azure's own FOCUS exports: all columns its published schemas name, through the FOCUS mappings."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_ingestion.bills.conversion import Conversion

REFERENCE = Path(__file__).parents[2] / "data" / "bills" / "azure" / "reference"
RESERVATION = "/providers/Microsoft.Capacity/reservationOrders/1/reservations/2"
COVERED = {
    "BilledCost": "0",
    "BillingAccountId": "/providers/Microsoft.Billing/billingAccounts/0086115",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-10-01T00:00Z",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-10-05T00:00Z",
    "ChargePeriodEnd": "2026-10-06T00:00Z",
    "CommitmentDiscountCategory": "Usage",
    "CommitmentDiscountId": RESERVATION,
    "CommitmentDiscountStatus": "Used",
    "CommitmentDiscountType": "Reservation",
    "ConsumedQuantity": "24",
    "ConsumedUnit": "Hours",
    "ContractedCost": "2.4",
    "EffectiveCost": "1.5",
    "ListCost": "2.88",
    "PricingCategory": "Committed",
    "ProviderName": "Microsoft",
    "RegionId": "eastus",
    "ServiceName": "Virtual Machines",
    "SubAccountId": "/subscriptions/9ec51cfd",
    "Tags": '{"env":"prod"}',
    "x_SkuDetails": '{"ServiceType":"Standard_D2s_v5","ImageType":"Canonical"}',
    "x_SkuMeterName": "D2s v5",
}

Convert = Callable[..., Conversion]
Rows = Callable[..., list[dict[str, Any]]]
Write = Callable[..., Path]

pytestmark = pytest.mark.req("ING-10", part="Azure FOCUS 1.0 and 1.2-preview exports")
both_versions = pytest.mark.parametrize(
    ("version", "schema", "invoice"),
    [("1.0", "focus-1.0", "x_InvoiceId"), ("1.2-preview", "focus-1.2", "InvoiceId")],
)


def a_line(version: str, **more: str) -> dict[str, str]:
    """A line with every column of the export, filled where the test needs it."""
    schema = json.loads((REFERENCE / f"FocusCost_{version}.schema.json").read_text())
    columns = [column["ColumnName"] for column in schema["Columns"]]
    return dict.fromkeys(columns, "") | COVERED | more


@both_versions
def test_an_azure_focus_export_is_read_by_its_version(
    version: str, schema: str, invoice: str, write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    conversion = convert(write_csv([a_line(version)]))

    (row,) = hourly(conversion)
    assert (conversion.schema, conversion.providers) == (schema, ("Microsoft",))
    assert (row["instance_type"], row["platform"]) == ("Standard_D2s_v5", "Canonical")
    assert (row["service"], row["usage_type"]) == ("Virtual Machines", "D2s v5")
    assert (row["billed_cost"], row["effective_cost"]) == (0, Decimal("1.5"))
    assert (row["list_cost"], row["contracted_cost"]) == (Decimal("2.88"), Decimal("2.4"))
    assert (row["commitment_id"], row["commitment_unit"]) == (RESERVATION, "Hours")
    assert (row["commitment_quantity"], row["charge_span"]) == (24, "day")
    assert row["account_id"] == "9ec51cfd"
    assert conversion.reached == datetime(2026, 10, 6, tzinfo=UTC)


@both_versions
def test_a_month_is_invoiced_once_every_usage_line_names_its_invoice(
    version: str, schema: str, invoice: str, write_csv: Write, convert: Convert
) -> None:
    named = a_line(version, **{invoice: "G001"})

    assert convert(write_csv([named, named])).invoiced
    assert not convert(write_csv([named, a_line(version)])).invoiced
