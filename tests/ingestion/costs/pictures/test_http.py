"""What people are drawn over HTTP, after a bill was uploaded."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from tests.common.pictures.drawn import Drawn, png_size
from tests.ingestion.conftest import Customer
from tests.ingestion.costs.bills import a_day, upload

from finops_sandbox.visitor import Visitor

pytestmark = pytest.mark.timeout(300)
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
MONTH = {"start": "2026-10-01", "end": "2026-11-01"}
WON = {"BillingCurrency": "KRW", "BillingAccountId": "200000000000"}


class Gallery:
    """A customer's pictures."""

    def __init__(self, customer: Customer, visitor: Visitor | None = None) -> None:
        self.visitor = visitor or customer.owner
        self.root = f"/ingestion/v1/organizations/{customer.organization}/costs"

    async def ask(
        self, noun: str, expect: int = 200, language: str = "en", **query: object
    ) -> httpx.Response:
        path = f"{self.root}/pictures/{noun}?{urlencode(MONTH | query, doseq=True)}"
        return await self.visitor.ask("GET", path, expect=expect, **{"Accept-Language": language})

    async def draw(self, noun: str, language: str = "en", **query: object) -> Drawn:
        return Drawn((await self.ask(noun, language=language, **query)).content)

    async def refused(self, noun: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        """What is wrong with the first field that is."""
        return (await self.ask(noun, expect=422, **query)).json()["errors"][0]

    async def answer(self, noun: str = "", **query: object) -> Any:  # noqa: ANN401 - JSON
        """The figures that pictures are drawn of."""
        asked = urlencode(MONTH | query, doseq=True)
        return await self.visitor.get(f"{self.root}{noun}?{asked}")


async def a_gallery(customer: Customer) -> Gallery:
    """Machines and storage of two months, a credit, and machines paid in won."""
    days = [SEPTEMBER + timedelta(days=each) for each in range(61)]
    lines = [a_day(day, "20" if day >= OCTOBER else "10") for day in days]
    lines += [a_day(day, "5", ServiceName="AmazonS3", SkuId="DEF") for day in days[30:35]]
    lines.append(a_day(OCTOBER, "-30", ServiceName="Credits", ChargeCategory="Credit"))
    lines += [a_day(OCTOBER, "5000", **WON)]
    await upload(customer, lines)
    return Gallery(customer)


@pytest.mark.req("ING-30", part="pictures over HTTP: by day and by group, as SVG and PNG")
@pytest.mark.req("ING-35", part="waterfall over HTTP, by effect and by group")
async def test_pictures_show_what_costs_answer(customer: Customer) -> None:
    gallery = await a_gallery(customer)
    dollars = {"currency": "USD"}

    await _by_day(gallery, dollars)
    await _by_group(gallery, dollars)
    await _bridge(gallery, dollars)
    await _languages_and_formats(gallery, dollars)
    await _one_currency(gallery)


async def _by_day(gallery: Gallery, dollars: dict[str, str]) -> None:
    drawn = await gallery.draw("days", **dollars, by="service", top=2)
    answer = await gallery.answer(**dollars, by="service", top=2, granularity="day")

    ec2, s3, credit = drawn.boxes("stack")
    one = ec2[0].height / 20
    heights = [round(each.height / one) for each in (*ec2, *s3, *credit)]
    costs: dict[str, list[int]] = {}
    for cell in answer["cells"]:
        name = cell["values"]["service"] if cell["values"] else "rest"
        costs.setdefault(name, []).append(abs(int(cell["cost"]["amount"])))
    assert heights == [*costs["AmazonEC2"], *costs["AmazonS3"], *costs["rest"]]
    assert drawn.told.endswith("AmazonEC2 620.00 USD; AmazonS3 25.00 USD; Others -30.00 USD")
    assert len((await gallery.draw("days", **dollars)).boxes("stack")) == 1


async def _by_group(gallery: Gallery, dollars: dict[str, str]) -> None:
    drawn = await gallery.draw("groups", **dollars, **{"not": "service:AmazonS3"})

    (ec2,), (credit,) = drawn.boxes("row")
    assert ec2.width / credit.width == pytest.approx(620 / 30, rel=0.001)
    assert drawn.title == "Cost by service"
    assert "total 590.00 USD" in drawn.told
    assert drawn.told.endswith("AmazonEC2 620.00 USD; Credits -30.00 USD")


async def _bridge(gallery: Gallery, dollars: dict[str, str]) -> None:
    drawn = await gallery.draw("bridge", **dollars)
    (answer,) = (await gallery.answer("/bridge", **dollars))["bridges"]
    by_group = await gallery.draw("bridge", **dollars, by="service")

    before, *parts, after = [box for (box,) in drawn.boxes("row")]
    one = before.width / float(answer["total"]["before"]["amount"])
    effects = [abs(float(each["amount"]["amount"])) for each in answer["total"]["effects"]]
    assert [each.width / one for each in parts] == pytest.approx(effects, rel=0.001)
    assert after.width / one == pytest.approx(615, rel=0.001)
    assert "2026-09-01 to 2026-09-30 300.00 USD" in drawn.told
    assert drawn.told.endswith("2026-10-01 to 2026-10-31 615.00 USD")
    assert "AmazonEC2 +320.00 USD; Credits -30.00 USD; AmazonS3 +25.00 USD" in by_group.told


async def _languages_and_formats(gallery: Gallery, dollars: dict[str, str]) -> None:
    korean = await gallery.draw("days", language="ko-KR,en;q=0.5", **dollars)
    japanese = await gallery.ask("groups", language="ja", **dollars, metric="billed")
    png = await gallery.ask("bridge", **dollars, format="png")

    assert korean.title == "일별 비용"
    assert Drawn(japanese.content).title == "サービス別コスト"
    assert "請求コスト" in Drawn(japanese.content).told
    assert japanese.headers["content-language"] == "ja"
    assert japanese.headers["content-type"] == "image/svg+xml"
    assert "default-src 'none'" in japanese.headers["content-security-policy"]
    assert png.headers["content-type"] == "image/png"
    assert png_size(png.content) == (1600, 800)


async def _one_currency(gallery: Gallery) -> None:
    for noun in ("days", "groups", "bridge"):
        wrong = await gallery.refused(noun)
        assert (wrong["field"], wrong["message"][-8:]) == ("query.currency", "KRW, USD")

    won = await gallery.draw("groups", currency="KRW")
    assert won.told.endswith("AmazonEC2 5,000 KRW")
    nothing = await gallery.draw("days", currency="JPY")
    assert nothing.told.endswith("No costs in these days")
    rate = {"from_currency": "KRW", "to_currency": "USD", "since": "2026-01-01", "rate": "0.001"}
    root = gallery.root.removesuffix("/costs")
    sent = {"rates": [rate | {"source": "us"}]}
    await gallery.visitor.ask("PUT", f"{root}/exchange-rates", sent, expect=204)
    converted = await gallery.draw("groups", convert_to="USD")
    assert "AmazonEC2 625.00 USD" in converted.told


@pytest.mark.req("ING-30", part="pictures over HTTP: without bills")
async def test_without_bills_pictures_say_so(customer: Customer) -> None:
    gallery = Gallery(customer)

    for noun in ("days", "groups", "bridge"):
        drawn = await gallery.draw(noun, language="ja")
        assert drawn.told.endswith("この期間のコストはありません")


@pytest.mark.req("ING-30", part="pictures that make no sense are refused by field")
async def test_pictures_that_make_no_sense_are_refused(customer: Customer) -> None:
    gallery = Gallery(customer)

    for noun, field, query in (
        ("days", "query.end", {"start": "2026-10-01", "end": "2026-10-01"}),
        ("days", "query.end", {"start": "2025-10-01", "end": "2026-10-03"}),
        ("days", "query.top", {"top": 8}),
        ("days", "query.format", {"format": "gif"}),
        ("days", "query.by", {"by": ["service", "service"]}),
        ("groups", "query.top", {"top": 31}),
        ("groups", "query.by.0", {"by": "colour"}),
        ("groups", "query.currency", {"currency": "won"}),
        ("bridge", "query.compare_end", {"compare_start": "2026-01-01"}),
        ("bridge", "query.end", {"end": "2026-09-01"}),
    ):
        assert (await gallery.refused(noun, **query))["field"] == field, (noun, query)


@pytest.mark.req("PLAT-5", part="pictures of costs")
async def test_strangers_are_shown_nothing(
    customer: Customer, settle: Callable[[], Awaitable[Customer]]
) -> None:
    stranger = Gallery(customer, (await settle()).owner)

    for noun in ("days", "groups", "bridge"):
        await stranger.ask(noun, expect=404)
