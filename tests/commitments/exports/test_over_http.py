"""Exports over HTTP: equal to the answers they are of, and told to the audit log."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.figures.test_over_http import WINDOW, golden_parts, imported
from tests.commitments.inventory.test_over_http import (
    AT,
    a_plan,
    a_reservation,
    a_snapshot,
    becomes,
)
from tests.commitments.recommendations.test_over_http import (
    a_payer,
    a_rate,
    advised,
    offer,
    publish,
    usage,
)
from tests.commitments.service import ATenant, Ingestion, Tenant, Topics
from tests.common.exports.reading_files import csv_rows, xlsx_rows, xlsx_sheets

from finops_common.contracts.commitments import CommitmentsExported

__all__ = ["golden_parts", "usage"]
Rows = list[dict[str, Any]]


async def exported(tenant: Tenant, noun: str, query: str) -> bytes:
    asked = tenant.path(f"{noun}/export?{query}")
    return (await tenant.owner.ask("GET", asked, expect=200)).content


async def both(tenant: Tenant, noun: str, query: str = "") -> Rows:
    """The rows, once CSV and XLSX say the same."""
    as_csv = csv_rows(await exported(tenant, noun, f"format=csv&{query}"))
    book = await exported(tenant, noun, f"format=xlsx&{query}")
    as_xlsx = xlsx_rows(book, noun.title())
    for text, typed in zip(as_csv, as_xlsx, strict=True):
        for name in {"period_start", "offers_dated", "buy_at", "return_until"} & typed.keys():
            typed[name] = _date(typed[name], text[name])
        assert text == typed
    return as_csv


def _date(serial: str | None, text: str | None) -> str | None:
    """A spreadsheet's date as text, when it is the one of `text`."""
    if serial is None or text is None:
        return serial
    told = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=float(serial))
    seconds = (datetime.fromisoformat(text).replace(tzinfo=UTC) - told).total_seconds()
    # The moment to buy is that of each request.
    return text if abs(seconds) < 60 else serial


async def about(tenant: Tenant, noun: str, query: str = "") -> dict[str, str]:
    book = await exported(tenant, noun, f"format=xlsx&{query}")
    return {row[0][1]: row[1][1] for row in xlsx_sheets(book)["About"] if row[0] and row[1]}


@pytest.mark.req("COM-50", part="utilization and coverage: rows and totals are the API's")
async def test_figures_are_exported_as_the_api_has_them(
    a_tenant: ATenant, topics: Topics, golden_parts: list[bytes]
) -> None:
    tenant = await imported(await a_tenant(), topics, *golden_parts)

    for noun, sums in (("utilization", ("used", "unused")), ("coverage", ("on_demand_cost",))):
        asked = f"{WINDOW}&by=hour&group=payer&group=commitment&currency=USD"
        answer = await tenant.get(f"{noun}?{asked}")
        rows = await both(tenant, noun, asked)
        facts = await about(tenant, noun, asked)

        (total,) = answer["totals"]
        assert len(rows) == len(answer["rows"]) > 1
        for row, shown in zip(rows, answer["rows"], strict=True):
            assert {name: row[name] for name in shown["groups"]} == shown["groups"]
            assert row["period_start"] == shown["period_start"]
            for name in set(row) & set(shown) - {"over_committed", "lines", "lines_without_price"}:
                assert row[name] == shown[name], name
        for name in sums:
            assert facts[f"Total {name}, USD"] == total[name]
        assert facts["As of"].replace("+00:00", "Z") == answer["as_of"]
        assert facts["Finality"] == answer["finality"]
        assert facts["Only currency"] == "USD"
        assert "used / (used + unused)" in facts.get(
            "utilization_percent", "used / (used + unused)"
        )
    assert facts["coverage_percent"] == "covered / (covered + on-demand)"


@pytest.mark.req("COM-50", part="filters, sort and columns of the request; totals add up")
async def test_the_file_has_the_columns_and_the_order_of_the_request(
    a_tenant: ATenant, topics: Topics, golden_parts: list[bytes]
) -> None:
    tenant = await imported(await a_tenant(), topics, *golden_parts)
    (total,) = (await tenant.get(f"utilization?{WINDOW}&payer=111111111111"))["totals"]
    asked = f"{WINDOW}&payer=111111111111&group=commitment"

    rows = await both(tenant, "utilization", f"{asked}&columns=used,commitment&sort=-unused")
    alone = await both(tenant, "utilization", f"{WINDOW}&payer=111111111111")
    everything = (await tenant.get(f"utilization?{asked}"))["rows"]

    expected = sorted(everything, key=lambda row: -Decimal(row["unused"]))
    assert [list(row) for row in rows] == [["used", "commitment"]] * len(expected)
    assert [row["commitment"] for row in rows] == [row["groups"]["commitment"] for row in expected]
    assert sum(Decimal(row["used"]) for row in rows) == Decimal(total["used"])
    assert [row["used"] for row in alone] == [total["used"]]
    for wrong, place in (
        ("columns=used,sold", "query.columns"),
        ("sort=sold", "query.sort"),
        ("sort=", "query.sort"),
    ):
        path = tenant.path(f"utilization/export?format=csv&{asked}&{wrong}")
        refused = (await tenant.owner.ask("GET", path, expect=422)).json()
        assert [each["field"] for each in refused["errors"]] == [place]


@pytest.mark.req("COM-50", part="the inventory, with formulas in its texts")
@pytest.mark.req("AUD-1", part="exports of commitments are told")
async def test_the_inventory_is_exported_whole_and_runs_nothing(
    a_tenant: ATenant, topics: Topics
) -> None:
    tenant = await a_tenant()
    later = datetime(2026, 12, 1, tzinfo=UTC)
    await topics.send(
        *a_snapshot(
            tenant,
            [
                a_plan("a", hourly_commitment=Decimal("0.1"), ends_at=later),
                a_plan("b", hourly_commitment=Decimal("0.3"), state="=HYPERLINK(1)"),
                a_reservation("r"),
            ],
        )
    )
    await becomes(tenant, "r", "a", "b")

    rows = csv_rows(await exported(tenant, "inventory", f"format=csv&{AT}&kind=spend&sort=-id"))
    book = await exported(tenant, "inventory", f"format=xlsx&{AT}&kind=spend&sort=-id")
    answer = await tenant.get(f"inventory?{AT}&kind=spend&sort=-id")
    facts = await about(tenant, "inventory", f"{AT}&kind=spend&activity=active")
    told = await topics.said(CommitmentsExported, tenant.organization_id, least=3)

    assert [row["id"] for row in rows] == [item["id"] for item in answer["items"]]
    assert [rows[0]["hourly_amount"], rows[1]["ends_at"]] == ["0.3", "2026-12-01T00:00:00Z"]
    assert rows[0]["state"] == "'=HYPERLINK(1)"
    header, first, _ = xlsx_sheets(book)["Inventory"]
    at = [cell[1] for cell in header if cell].index("state")
    assert first[at] == ("q", "=HYPERLINK(1)")
    assert facts["Total hourly_amount, USD"] == answer["totals"][0]["hourly_amount"] == "0.4"
    assert [facts["Only kind"], facts["Only activity"]] == ["spend", "active"]
    assert {(each.what, each.format) for each in told} == {
        ("inventory", "csv"),
        ("inventory", "xlsx"),
    }


@pytest.mark.req("COM-50", part="recommendations: a row a variant, never summed")
async def test_recommendations_are_exported_as_the_api_has_them(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Callable[..., bytes]
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    await offer(topics, ingestion, payer, a_rate("0.06"), a_rate("0.05", term_months=36))
    await publish(topics, tenant, 1, usage(payer))
    answer = await advised(tenant, "0.528")

    rows = await both(tenant, "recommendations", "sort=-term_years")
    facts = await about(tenant, "recommendations")

    shown = {str(item["term_years"]): item for item in answer["items"]}
    assert [row["term_years"] for row in rows] == ["3", "1"]
    for row in rows:
        item = shown[row["term_years"]]
        for name in ("hourly_commitment", "monthly_savings", "roi_percent", "payment_option"):
            assert row[name] == item[name], name
        falls = item["monthly_savings_if_usage_falls"]
        assert row["monthly_savings_if_usage_falls_40"] == falls["40"]
    assert "alternatives" in facts["Variants"]
    assert not [name for name in facts if name.startswith("Total")]
