"""Google's export to BigQuery becomes revisions that stand, a month at a time."""

from decimal import Decimal
from typing import Any

import pytest
from tests.ingestion.clouds import GoogleCustomer
from tests.ingestion.imports.clouds import collected

pytestmark = pytest.mark.timeout(180)
# October 2024 is older than what the hourly look takes by itself.


def a_row(google: GoogleCustomer, hour: int, cost: str, **other: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A line of usage in October, as BigQuery shows it."""
    project = google.billing.projects[hour % 2]
    return {
        "billing_account_id": google.billing.id,
        "service": {"id": "6F81-5844-456A", "description": "Compute Engine"},
        "sku": {"id": "2E27-4F75-95CD", "description": "N1 Predefined Instance Core"},
        "usage_start_time": f"2024-10-{1 + hour // 24:02}T{hour % 24:02}:00:00Z",
        "usage_end_time": f"2024-10-{1 + (hour + 1) // 24:02}T{(hour + 1) % 24:02}:00:00Z",
        "project": {"id": project, "name": project, "labels": []},
        "labels": [{"key": "team", "value": "web"}],
        "system_labels": [],
        "location": {"location": "asia-northeast3", "region": "asia-northeast3"},
        "export_time": "2024-11-01T08:00:00.000000Z",
        "cost": float(cost),
        "currency": "USD",
        "currency_conversion_rate": 1,
        "usage": {"amount": 3600, "unit": "seconds", "amount_in_pricing_units": 1},
        "credits": [{"name": "Free", "amount": -0.25, "type": "PROMOTION"}],
        "invoice": {"month": "202410"},
        "cost_type": "regular",
    } | other


@pytest.mark.req("ING-10", part="Google's billing export in BigQuery")
@pytest.mark.req("ING-12", part="ledger of files, from BigQuery")
async def test_a_month_of_the_table_is_imported_once_and_costs_what_its_rows_say(
    google: GoogleCustomer,
) -> None:
    google.google.state.slow = 1
    rows = google.dataset[google.detailed].rows
    rows += [a_row(google, hour, "1.5") for hour in range(250)]
    rows += [a_row(google, 1, "9", invoice={"month": "202409"})]
    bills = await collected(google, google.body())

    await bills.ask_for("2024-10")
    (done,) = await bills.ended(1)
    await bills.ask_for("2024-10")

    assert (done["state"], done["rows_read"]) == ("done", 250), done
    (file,) = await bills.files(done["id"])
    assert file["name"] == f"{google.detailed}/202410.jsonl"
    assert file["size"] > 250 * 500
    assert await bills.cost("2024-10-01", "2024-11-01") == Decimal("1.25") * 250
    assert len(await bills.ended(1)) == 1


@pytest.mark.req("ING-13", part="Google Cloud: rows that come late make a new revision")
async def test_rows_that_come_late_are_noticed_in_their_month_alone(
    google: GoogleCustomer,
) -> None:
    rows = google.dataset[google.detailed].rows
    rows += [a_row(google, hour, "1.5") for hour in range(10)]
    bills = await collected(google, google.body())
    await bills.ask_for("2024-10")
    await bills.ended(1)

    late = "2024-11-03T08:00:00.000000Z"
    rows += [a_row(google, 11, "2", invoice={"month": "202411"}, export_time=late)]
    await bills.ask_for("2024-10")
    rows += [a_row(google, 12, "2", export_time=late)]
    await bills.ask_for("2024-10")

    newest, first = await bills.ended(2)
    assert (first["rows_read"], newest["rows_read"]) == (10, 11)
    assert await bills.cost("2024-10-01", "2024-11-01") == Decimal("1.25") * 10 + Decimal("1.75")


SEPTEMBER, OCTOBER, NOVEMBER = (f"2024-{m}-20T08:00:00.000000Z" for m in ("09", "10", "11"))


def of_three_months(google: GoogleCustomer) -> list[dict[str, Any]]:
    """A row of each month, written in that month."""
    return [
        a_row(google, 1, "9", invoice={"month": "202409"}, export_time=SEPTEMBER),
        a_row(google, 2, "1.5", export_time=OCTOBER),
        a_row(google, 3, "7", invoice={"month": "202411"}, export_time=NOVEMBER),
    ]


@pytest.mark.req("ING-10", part="Google's export: no query scans more days than hold the month")
async def test_customers_pay_for_no_more_of_the_table_than_holds_the_month(
    google: GoogleCustomer,
) -> None:
    table = google.dataset[google.detailed]
    table.rows += of_three_months(google)
    bills = await collected(google, google.body())

    await bills.ask_for("2024-10")

    (done,) = await bills.ended(1)
    assert (done["state"], done["rows_read"]) == ("done", 1), done
    assert table.scanned == [{"2024-10-20"}]


@pytest.mark.req("ING-10", part="Google's export: rows in no partition yet are read, too")
async def test_rows_that_have_just_been_written_are_not_missed(google: GoogleCustomer) -> None:
    table = google.dataset[google.detailed]
    table.rows += [*of_three_months(google), a_row(google, 5, "2", export_time=OCTOBER)]
    table.buffered = 1
    bills = await collected(google, google.body())

    await bills.ask_for("2024-10")

    (done,) = await bills.ended(1)
    assert (done["state"], done["rows_read"]) == ("done", 2), done
    assert table.scanned == [{"2024-10-20", None}]


@pytest.mark.req("ING-10", part="Google's export: a copy without partitions")
async def test_a_copy_of_the_export_without_partitions_is_read_whole(
    google: GoogleCustomer,
) -> None:
    table = google.dataset[google.detailed]
    table.rows += of_three_months(google)
    table.partitioned = False
    bills = await collected(google, google.body())

    await bills.ask_for("2024-10")

    (done,) = await bills.ended(1)
    assert (done["state"], done["rows_read"]) == ("done", 1), done
