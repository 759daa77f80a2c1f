"""What people ask about costs over HTTP, after a bill was uploaded."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.ingestion.conftest import Customer
from tests.ingestion.costs.bills import a_day, upload

from finops_common.clock import utc_now

pytestmark = pytest.mark.timeout(300)
TODAY = utc_now().date()
DAYS = [TODAY - timedelta(days=back) for back in range(40, 0, -1)]
WHOLE = {"start": str(DAYS[0]), "end": str(TODAY)}
TAGGED: dict[str, Any] = {"Tags": {"team": "web"}, "x_CostCategories": {"Unit": "Shop"}}


class Bill:
    """A customer's uploaded bill, and what may be asked of it."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.root = f"/ingestion/v1/organizations/{customer.organization}"

    async def upload(self) -> None:
        lines = [a_day(day, "2", **TAGGED) for day in DAYS]
        lines += [
            a_day(day, "1", ResourceId="vol-1", ServiceName="AmazonS3", ChargePeriodEnd="")
            for day in DAYS[-5:]
        ]
        await upload(self.customer, lines)

    async def get(self, noun: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        return await self.customer.owner.get(f"{self.root}/{noun}?{urlencode(query, doseq=True)}")

    async def refused(self, noun: str, **query: object) -> str:
        """The field that is wrong."""
        path = f"{self.root}/{noun}?{urlencode(query, doseq=True)}"
        answer = await self.customer.owner.ask("GET", path, expect=422)
        return str(answer.json()["errors"][0]["field"])


@pytest.fixture
async def bill(customer: Customer) -> Bill:
    made = Bill(customer)
    await made.upload()
    return made


@pytest.mark.req("ING-30", part="tags, cost categories, exclusion and comparison over HTTP")
@pytest.mark.req("ING-32", part="days with data, cost this month and last, forecast, over HTTP")
@pytest.mark.req("ING-33", part="line items, tag keys and values, search, over HTTP")
async def test_a_bill_answers_every_question(bill: Bill) -> None:
    costs = await bill.get("costs", **WHOLE, by=["tag:team", "cost_category:Unit"])
    assert [(g["values"], g["cost"]["amount"]) for g in costs["groups"]] == [
        ({"tag:team": "web", "cost_category:Unit": "Shop"}, "80"),
        ({"tag:team": None, "cost_category:Unit": None}, "5"),
    ]
    assert costs["compared"] is None

    tagged = await bill.get("costs", **WHOLE, by="service", tag="team=web")
    assert [(g["values"], g["share"]) for g in tagged["groups"]] == [
        ({"service": "AmazonEC2"}, "1")
    ]
    others = await bill.get("costs", **WHOLE, **{"not": ["tag:team=web", "service:None"]})
    assert others["totals"] == [{"amount": "5", "currency": "USD"}]
    unknown = await bill.get("costs", **WHOLE, tag="nobody's")
    assert (unknown["totals"], unknown["groups"]) == ([], [])

    week = {"start": str(TODAY - timedelta(days=7)), "end": str(TODAY)}
    compared = await bill.get("costs", **week, compare="previous", by="service")
    first, second = compared["groups"]
    assert (first["compared"]["change"]["amount"], first["compared"]["percent"]) == ("0", "0")
    assert (second["compared"]["change"]["amount"], second["compared"]["percent"]) == ("5", None)
    assert compared["compared"]["totals"][0]["percent"] == "35.71"

    await _lines(bill)
    await _tags(bill)
    await _overview(bill)


async def _lines(bill: Bill) -> None:
    first = await bill.get("line-items", **WHOLE, resource="vol-1", limit=3, sort="-charge_start")
    second = await bill.get(
        "line-items", **WHOLE, resource="vol-1", sort="-charge_start", cursor=first["next_cursor"]
    )
    found = [*first["items"], *second["items"]]
    days = [each["charge_start"][:10] for each in found]
    assert days == [str(day) for day in reversed(DAYS[-5:])]
    assert second["next_cursor"] is None
    assert {(each["service"], each["charge_end"]) for each in found} == {("AmazonS3", None)}
    (tagged,) = (await bill.get("line-items", **WHOLE, tag="team", limit=1, fields="tags"))["items"]
    assert tagged == {"tags": {"team": "web"}}


async def _tags(bill: Bill) -> None:
    keys = (await bill.get("tags", **WHOLE))["items"]
    assert [(each["key"], each["dimension"], each["values"]) for each in keys] == [
        ("costCategory/Unit", "cost_category:Unit", 1),
        ("team", "tag:team", 1),
    ]
    assert keys[0]["covered"][0]["share"] == "0.941176"
    values = await bill.get("tags/costCategory%2FUnit/values", **WHOLE, q="SHO")
    assert values["items"] == [{"value": "Shop", "costs": [{"amount": "80", "currency": "USD"}]}]
    groups = (await bill.get("search", q="VOL"))["groups"]
    assert [(each["kind"], each["items"][0]["value"]) for each in groups] == [("resource", "vol-1")]


async def _overview(bill: Bill) -> None:
    found = await bill.get("overview")
    assert (found["first_day"], found["last_day"]) == (str(DAYS[0]), str(DAYS[-1]))
    (month,) = found["months"]
    this = [day for day in DAYS if day.replace(day=1) == TODAY.replace(day=1)]
    to_date = 2 * len(this) + len({*this} & {*DAYS[-5:]})
    assert month["to_date"]["amount"] == str(to_date)
    left = (TODAY.replace(day=1) + timedelta(days=31)).replace(day=1) - TODAY
    # Weekdays' medians: five odd days do not move them.
    assert month["forecast"]["cost"]["amount"] == str(to_date + 2 * left.days)
    assert month["no_forecast"] is None


@pytest.mark.req("ING-30", part="questions that make no sense are refused by field")
async def test_questions_that_make_no_sense_are_refused(customer: Customer) -> None:
    bill, day = Bill(customer), {"start": "2026-10-01", "end": "2026-11-01"}

    assert await bill.refused("costs", start="2026-10-01", end="2026-10-01") == "query.end"
    assert await bill.refused("costs", start="0001-01-01", end="0001-01-03", compare="previous")
    assert await bill.refused("costs", start="1999-12-31", end="2026-10-01") == "query.end"
    assert await bill.refused("costs", **day, by="colour") == "query.by.0"
    assert await bill.refused("costs", **day, by=["service", "service"]) == "query.by"
    assert await bill.refused("costs", **day, by=["tag:team", "tenancy"]) == "query.by"
    assert await bill.refused("costs", **day, tag="=web") == "query.tag"
    assert await bill.refused("costs", **day, **{"not": "colour:red"}) == "query.not"
    assert await bill.refused("costs", **day, compare_start="2026-01-01") == "query.compare_end"
    year = {"compare_start": "2025-01-01", "compare_end": "2026-01-01"}
    by_hour = await bill.refused("costs", **day, granularity="hour", **year)
    assert by_hour == "query.granularity"
    assert await bill.refused("line-items", **day, instance_family="m5") == "query.instance_family"
    assert await bill.refused("line-items", **day, cursor="bm8") == "query.cursor"
    assert await bill.refused("line-items", **day, sort="cost") == "query.sort"
    assert await bill.refused("tags/team/values", **day, cursor="WzFd") == "query.cursor"
    assert await bill.refused("search", q="a", start="2026-10-01") == "query.end"


@pytest.mark.req("ING-32", part="accounts by provider and status; nothing yet")
async def test_without_bills_everything_is_empty(customer: Customer) -> None:
    bill, days = Bill(customer), {"start": "2026-10-01", "end": "2026-11-01"}
    await customer.registered()

    overview = await bill.get("overview")

    healthy = (await bill.get("cloud-accounts", status="healthy"))["items"]
    (found,) = [each for each in overview["accounts"] if each["connection"] == "healthy"]
    assert (found["provider"], found["accounts"]) == ("AWS", len(healthy))
    assert (overview["first_day"], overview["months"]) == (None, [])
    assert (await bill.get("line-items", **days))["items"] == []
    assert (await bill.get("tags", **days))["items"] == []
    assert (await bill.get("tags/team/values", **days))["items"] == []
    (accounts,) = (await bill.get("search", q=customer.payer))["groups"]
    assert [each["value"] for each in accounts["items"]] == [customer.payer]


@pytest.mark.req("PLAT-5", part="line items, tags, search and overview")
async def test_strangers_see_nothing(
    customer: Customer, settle: Callable[[], Awaitable[Customer]]
) -> None:
    stranger = await settle()
    root = Bill(customer).root

    for noun in ("costs", "line-items", "tags", "tags/team/values", "overview", "search"):
        query = "start=2026-10-01&end=2026-11-01&q=a"
        answer = await stranger.owner.ask("GET", f"{root}/{noun}?{query}")
        assert answer.status_code in {403, 404}, noun
