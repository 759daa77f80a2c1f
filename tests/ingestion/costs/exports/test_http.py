"""Exports over HTTP: equal to the answers they are of, to the last digit."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from tests.common.exports.reading_files import csv_rows, parquet_table, xlsx_rows
from tests.ingestion.conftest import Customer, Settle
from tests.ingestion.costs.bills import a_day, upload, upload_file
from tests.ingestion.costs.saved.people import Arrive
from tests.ingestion.reading import Told

from finops_common.clock import utc_now
from finops_common.contracts.ingestion_analytics import ANALYTICS, CostsExported

pytestmark = pytest.mark.timeout(400)
TODAY = utc_now().date()
DAYS = [TODAY - timedelta(days=back) for back in range(10, 0, -1)]
WHOLE = {"start": str(DAYS[0]), "end": str(TODAY)}


class Files:
    """A customer's answers, and the same as files."""

    def __init__(self, customer: Customer) -> None:
        self.customer, self.owner = customer, customer.owner
        self.root = f"/ingestion/v1/organizations/{customer.organization}"

    async def get(self, noun: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        return await self.owner.get(f"{self.root}/{noun}?{urlencode(query, doseq=True)}")

    async def file(self, noun: str, form: str, **query: object) -> httpx.Response:
        asked = urlencode({"format": form} | query, doseq=True)
        answer = await self.owner.ask("GET", f"{self.root}/{noun}/export?{asked}")
        assert answer.status_code == 200, answer.text
        return answer

    async def rows(self, noun: str, form: str, **query: object) -> list[dict[str, Any]]:
        """The file's rows, amounts as decimals."""
        data = (await self.file(noun, form, **query)).content
        if form == "csv":
            found = csv_rows(data)
        elif form == "xlsx":
            found = xlsx_rows(data, "Costs" if noun == "costs" else "Lines")
        else:
            found = parquet_table(data).to_pylist()
        return [{k: _exact(k, v) for k, v in row.items()} for row in found]


def _exact(name: str, value: Any) -> Any:  # noqa: ANN401 - of a cell
    amounts = ("cost", "Cost", "share", "before", "change", "percent", "Quantity")
    return Decimal(value) if value is not None and name.endswith(amounts) else value


@pytest.fixture
def files(customer: Customer) -> Files:
    return Files(customer)


async def upload_bill(customer: Customer) -> None:
    lines = [a_day(day, "0.000000123456", Tags={"team": "=web"}) for day in DAYS]
    lines += [a_day(day, "2.5", ServiceName="AmazonS3", ResourceId="@bucket") for day in DAYS]
    lines += [a_day(day, "-1", ServiceName="AmazonVPC") for day in DAYS]
    lines += [a_day(DAYS[0], "3", BillingCurrency="EUR")]
    await upload(customer, lines)


@pytest.mark.req("ING-31", part="exports of costs equal the answer")
@pytest.mark.req("ING-17", part="formulas in cells on export")
async def test_files_of_costs_equal_the_answer(files: Files, told: Told) -> None:
    await upload_bill(files.customer)
    by_day = {**WHOLE, "granularity": "day", "by": ["service", "tag:team"], "top": 1}
    totals = by_day | {"granularity": "total", "compare": "previous"}

    daily, whole = await files.get("costs", **by_day), await files.get("costs", **totals)

    for form in ("csv", "xlsx", "parquet"):
        rows = await files.rows("costs", form, **by_day)
        assert [_cell(row) for row in rows] == [_told_cell(each) for each in daily["cells"]], form
        rows = await files.rows("costs", form, **totals)
        groups = [row for row in rows if row["row"] == "group"]
        assert [row["cost"] for row in groups] == [
            Decimal(each["cost"]["amount"]) for each in whole["groups"]
        ]
        assert [row["share"] for row in groups] == [
            Decimal(each["share"]) for each in whole["groups"]
        ]
        sums = {
            total["currency"]: sum(r["cost"] for r in rows if r["currency"] == total["currency"])
            for total in whole["totals"]
        }
        assert sums == {each["currency"]: Decimal(each["amount"]) for each in whole["totals"]}
        assert {row["before"] for row in rows} == {Decimal(0)}
    only = await files.rows("costs", "csv", **WHOLE, granularity="total")
    assert {row["row"] for row in only} == {"all"}
    formula = await files.rows("costs", "csv", **WHOLE, granularity="total", by="tag:team")
    assert "'=web" in {row["tag:team"] for row in formula}
    events = await told(ANALYTICS, files.customer.organization, least=8)
    assert {type(each.data) for each in events} == {CostsExported}
    assert {each.data.format for each in events} == {"csv", "xlsx", "parquet"}


def _cell(row: dict[str, Any]) -> tuple[Any, ...]:
    plain = [row[name] for name in ("row", "service", "tag:team", "currency", "cost")]
    return tuple(each.lstrip("'") if isinstance(each, str) else each for each in plain)


def _told_cell(cell: dict[str, Any]) -> tuple[Any, ...]:
    values = cell["values"] or {}
    kind = "group" if cell["values"] else "rest"
    cost = cell["cost"]
    names = values.get("service"), values.get("tag:team")
    return (kind, *names, cost["currency"], Decimal(cost["amount"]))


@pytest.mark.req("ING-31", part="exports of line items in FOCUS equal the list")
async def test_files_of_lines_equal_the_list_and_can_be_uploaded_again(
    files: Files, settle: Settle
) -> None:
    await upload_bill(files.customer)
    listed = (await files.get("line-items", **WHOLE, limit=200))["items"]
    known = sorted(
        (
            each["charge_start"],
            each["service"],
            each["billed_cost"]["currency"],
            Decimal(each["effective_cost"]["amount"]),
        )
        for each in listed
    )

    for form in ("csv", "xlsx", "parquet"):
        rows = await files.rows("line-items", form, **WHOLE)
        assert len(rows) == len(listed) == 31
        assert sorted(row["EffectiveCost"] for row in rows) == sorted(each[-1] for each in known)
    rows = await files.rows("line-items", "csv", **WHOLE)
    assert known == sorted(
        (
            row["ChargePeriodStart"],
            row["ServiceName"],
            row["BillingCurrency"],
            row["EffectiveCost"],
        )
        for row in rows
    )
    assert {row["ResourceId"] for row in rows} == {"i-1", "'@bucket"}
    some = await files.rows("line-items", "csv", **WHOLE, service="AmazonS3", resource="@bucket")
    assert len(some) == len(DAYS)

    answer = await files.file("line-items", "csv", **WHOLE)
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="lines_{DAYS[0]}_{TODAY}.csv"'
    )
    other = Files(await settle())
    await upload_file(other.customer, answer.content)
    assert await _sums(other) == await _sums(files)


async def _sums(files: Files) -> Any:  # noqa: ANN401 - JSON
    found = await files.get("costs", **WHOLE, by=["service", "tag:team"], granularity="day")
    return [found["totals"], found["cells"]]


@pytest.mark.req("ING-31", part="exports are refused as the answers are")
@pytest.mark.req("PLAT-5", part="exports")
async def test_who_may_not_ask_gets_no_file(files: Files, arrive: Arrive) -> None:
    stranger = await arrive()

    for noun in ("costs", "line-items"):
        path = f"{files.root}/{noun}/export?{urlencode(WHOLE)}"
        assert (await stranger.ask("GET", f"{path}&format=csv")).status_code == 404
        for query, field in (
            (path, "query.format"),
            (f"{path}&format=pdf", "query.format"),
            (f"{path}&format=csv&tag==x", "query.tag"),
            (f"{files.root}/{noun}/export?format=csv&start={TODAY}&end={TODAY}", "query.end"),
        ):
            refused = await files.owner.ask("GET", query)
            assert refused.status_code == 422, query
            assert [each["field"] for each in refused.json()["errors"]] == [field]
        assert await files.rows(noun, "parquet", **WHOLE) == []
        assert await files.rows(noun, "xlsx", **WHOLE) == []
