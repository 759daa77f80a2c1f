"""How Azure exports spell things: regions, sizes, dates, headers, tags with braces or without."""

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from finops_ingestion.bills.conversion import Conversion

Convert = Callable[..., Conversion]
Rows = Callable[..., list[dict[str, Any]]]
Write = Callable[..., Path]

pytestmark = pytest.mark.req("ING-10", part="spellings and localised headers of Azure exports")


def a_line(**more: object) -> dict[str, object]:
    """A line of a pay-as-you-go file."""
    return {
        "SubscriptionGuid": "00a1",
        "UsageDateTime": "2026-10-05",
        "MeterCategory": "Virtual Machines",
        "PreTaxCost": "2.4",
        "Currency": "USD",
        "ResourceLocation": "",
        "AdditionalInfo": "",
        "Tags": "",
        **more,
    }


@pytest.mark.parametrize(
    ("size", "family"),
    [
        ("Standard_B2s", "Bs"),
        ("Standard_D4ds_v5", "Ddsv5"),
        ("Standard_E4-2s_v3", "Esv3"),
        ("Standard_D2_v2_Promo", "Dv2Promo"),
        ("Standard_NC24ads_A100_v4", "NCadsA100v4"),
        ("Basic_A1", "A"),
    ],
)
def test_the_series_of_a_size_is_its_name_without_the_count(
    size: str, family: str, write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    info = json.dumps({"ServiceType": size})

    (row,) = hourly(convert(write_csv([a_line(AdditionalInfo=info)])))

    assert (row["instance_type"], row["family"]) == (size, family)


@pytest.mark.parametrize(
    ("location", "region"),
    [
        ("EastUS", "eastus"),
        ("US East", "eastus"),
        ("US East 2", "eastus2"),
        ("eastus", "eastus"),
        ("EU West", "westeurope"),
        ("KR Central", "koreacentral"),
        ("Unheard Of", "unheardof"),
        ("", None),
    ],
)
def test_a_region_has_one_name_whatever_its_spelling(
    location: str, region: str | None, write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    (row,) = hourly(convert(write_csv([a_line(ResourceLocation=location)])))

    assert row["region"] == region


@pytest.mark.parametrize(
    "tags",
    ['{"env": "prod", "team": "a, b"}', '"env": "prod","team": "a, b"'],
    ids=["object", "without braces"],
)
def test_tags_are_read_with_and_without_their_braces(
    tags: str, write_csv: Write, convert: Convert
) -> None:
    conversion = convert(write_csv([a_line(Tags=tags), a_line(Tags='"broken')]))

    pairs = duckdb.read_parquet(str(conversion.directory / "tags.parquet"))
    assert sorted(row[1:] for row in pairs.fetchall()) == [("env", "prod"), ("team", "a, b")]
    assert conversion.rows_accepted == 2


def test_the_additional_info_is_read_without_its_braces_too(
    write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    info = '"ServiceType":"Standard_D2s_v5","VMName":null'

    (row,) = hourly(convert(write_csv([a_line(AdditionalInfo=info)])))

    assert row["instance_type"] == "Standard_D2s_v5"


def test_headers_in_another_language_are_read_by_the_english_name_they_carry(
    tmp_path: Path, convert: Convert, hourly: Rows
) -> None:
    names = [
        "Abonnement-GUID (SubscriptionGuid)",
        "Nutzungsdatum/-uhrzeit (UsageDateTime)",
        "Kategorie der Verbrauchseinheit (MeterCategory)",
        "Kosten vor Steuern (PreTaxCost)",
        "通貨(currency)",
    ]
    bill = tmp_path / "german.csv"
    with bill.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([names, ["00a1", "2026-10-05", "Storage", "0.5", "EUR"]])

    conversion = convert(bill)

    (row,) = hourly(conversion)
    assert (conversion.schema, row["account_id"], row["payer_account_id"]) == (
        "azure-payg",
        "00a1",
        "00a1",
    )
    assert (row["service"], row["billed_cost"], row["currency"]) == (
        "Storage",
        Decimal("0.5"),
        "EUR",
    )


@pytest.mark.parametrize(
    ("start", "day"), [("01/10/2026", "05/10/2026"), ("10/01/2026", "10/05/2026")]
)
def test_both_date_orders_are_read_right(
    start: str, day: str, write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    bill = write_csv([a_line(BillingPeriodStartDate=start, UsageDateTime=day)])

    (row,) = hourly(convert(bill))

    assert str(row["hour"]) == "2026-10-05 00:00:00"
    assert str(row["billing_period"]) == "2026-10-01"


def test_ids_keep_their_leading_zeros(write_csv: Write, convert: Convert, hourly: Rows) -> None:
    (row,) = hourly(convert(write_csv([a_line()])))

    assert row["payer_account_id"] == "00a1"
