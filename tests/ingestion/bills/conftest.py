"""Bills written for a test, and the conversion of them."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.convert import convert_bill

Row = Mapping[str, object]
PLAN = "arn:aws:savingsplans::111111111111:savingsplan/sp-1"
RESERVATION = "arn:aws:ec2:us-east-1:111111111111:reserved-instances/ri-1"


@pytest.fixture
def convert(tmp_path: Path) -> Callable[..., Conversion]:
    """Convert files into the test's own folder."""

    def run(*sources: Path, **options: Any) -> Conversion:  # noqa: ANN401 - convert_bill's own
        return convert_bill(sources, tmp_path / "out", **options)

    return run


@pytest.fixture
def hourly() -> Callable[..., list[dict[str, Any]]]:
    """The hourly records of a conversion, filtered by an SQL condition, in order of hour."""

    def rows(conversion: Conversion, where: str = "TRUE") -> list[dict[str, Any]]:
        files = str(conversion.directory / "hourly" / "*" / "*.parquet")
        source = f"read_parquet('{files}', hive_partitioning = false)"
        order = "hour, account_id, charge_kind, commitment_status"
        query = "\n".join(
            [
                "SELECT * REPLACE (CAST(hour AS TIMESTAMP) AS hour)",
                f"FROM {source}",
                f"WHERE {where} ORDER BY {order}",
            ]
        )
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            relation = connection.execute(query)
            names = [column[0] for column in relation.description or []]
            return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]

    return rows


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as CSV; columns are those of all rows together."""

    def write(rows: Sequence[Row], name: str = "bill.csv") -> Path:
        columns = list(dict.fromkeys(column for row in rows for column in row))
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def cur_line() -> Callable[..., dict[str, object]]:
    """A legacy CUR line of one hour's usage; `hour` counts from the first of October 2026."""
    numbers = count()

    def line(
        kind: str = "Usage", hour: int = 0, cost: object = "1", **more: object
    ) -> dict[str, object]:
        day, clock = 1 + hour // 24, hour % 24
        return {
            "identity/LineItemId": f"{kind}-{hour}-{next(numbers)}",
            "bill/PayerAccountId": "011111111111",
            "bill/BillingPeriodStartDate": "2026-10-01T00:00:00Z",
            "lineItem/UsageAccountId": "022222222222",
            "lineItem/LineItemType": kind,
            "lineItem/UsageStartDate": f"2026-10-{day:02}T{clock:02}:00:00Z",
            "lineItem/UsageEndDate": f"2026-10-{day:02}T{clock:02}:59:59Z",
            "lineItem/ProductCode": "AmazonEC2",
            "lineItem/UsageType": "BoxUsage:m5.large",
            "lineItem/UsageAmount": "1",
            "lineItem/CurrencyCode": "USD",
            "lineItem/UnblendedCost": cost,
            "product/instanceType": "m5.large",
            "pricing/publicOnDemandCost": "",
            **{name.replace("__", "/"): value for name, value in more.items()},
        }

    return line


@pytest.fixture
def plan_hour(cur_line: Callable[..., dict[str, object]]) -> Callable[..., list[dict[str, object]]]:
    """The fee, covered usage and negation of one plan in one hour."""

    def lines(
        hour: int, commitment: str = "1", used: str = "0.6", covered: str = "1"
    ) -> list[dict[str, object]]:
        plan = {
            "savingsPlan__SavingsPlanARN": PLAN,
            "savingsPlan__OfferingType": "ComputeSavingsPlans",
        }
        fee = {
            "savingsPlan__TotalCommitmentToDate": commitment,
            "savingsPlan__UsedCommitment": used,
        }
        usage = {
            "savingsPlan__SavingsPlanEffectiveCost": used,
            "pricing__publicOnDemandCost": covered,
        }
        found = [cur_line("SavingsPlanRecurringFee", hour, commitment, **plan, **fee)]
        if float(used):
            found.append(cur_line("SavingsPlanCoveredUsage", hour, covered, **plan, **usage))
            found.append(cur_line("SavingsPlanNegation", hour, f"-{covered}", **plan))
        return found

    return lines


@pytest.fixture
def focus_line() -> Callable[..., dict[str, object]]:
    """A FOCUS 1.0 line of one hour's usage."""

    def line(**more: object) -> dict[str, object]:
        return {
            "BilledCost": "1",
            "BillingAccountId": "0001",
            "BillingCurrency": "USD",
            "BillingPeriodStart": "2026-10-01T00:00:00Z",
            "BillingPeriodEnd": "2026-11-01T00:00:00Z",
            "ChargeCategory": "Usage",
            "ChargePeriodStart": "2026-10-01T00:00:00Z",
            "ChargePeriodEnd": "2026-10-01T01:00:00Z",
            "ContractedCost": "1",
            "EffectiveCost": "1",
            "ListCost": "1",
            "ProviderName": "AWS",
            "ServiceName": "Amazon EC2",
            **more,
        }

    return line


@pytest.fixture
def gcp_line() -> Callable[..., dict[str, Any]]:
    """A row of the Google Cloud billing export: a core hour of 1.00, by `hour` of October 2026.

    `lowered` by credits of (type, amount); other fields are given by their top names.
    """

    def line(
        cost: object = 1, hour: int = 0, lowered: Sequence[tuple[str, object]] = (), **more: object
    ) -> dict[str, Any]:
        start = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=hour)
        return {
            "billing_account_id": "001A2B-3C4D5E-6F7A8B",
            "service": {"id": "6F81-5844-456A", "description": "Compute Engine"},
            "sku": {"id": "2E27-4F75-95CD", "description": "N2 Instance Core running in Seoul"},
            "usage_start_time": f"{start:%Y-%m-%d %H:%M:%S} UTC",
            "usage_end_time": f"{start + timedelta(hours=1):%Y-%m-%d %H:%M:%S} UTC",
            "project": {"id": "shop-1", "labels": [{"key": "team", "value": "shop"}]},
            "labels": [{"key": "env", "value": "prod"}],
            "system_labels": [
                {"key": "compute.googleapis.com/machine_spec", "value": "n2-standard-4"}
            ],
            "location": {"region": "asia-northeast3", "zone": "asia-northeast3-a"},
            "cost": cost,
            "currency": "USD",
            "currency_conversion_rate": 1,
            "usage": {"amount_in_pricing_units": 4, "pricing_unit": "hour"},
            "credits": [
                {"type": kind, "amount": a, "full_name": kind.title()} for kind, a in lowered
            ],
            "invoice": {"month": "202610"},
            "cost_type": "regular",
            **more,
        }

    return line


@pytest.fixture
def write_json(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as JSON, one a line."""

    def write(rows: Sequence[Row], name: str = "bill.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write
