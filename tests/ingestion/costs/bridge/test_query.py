"""What the files of two months say, through one engine and another, and over HTTP."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from sqlalchemy import Select
from tests.ingestion.conftest import Customer
from tests.ingestion.costs.bills import a_day, upload
from tests.ingestion.costs.clickhouse import ClickHouseEngine
from tests.ingestion.costs.small_lake import Line, SmallLake, a_lake, a_line

from finops_common.auth.caller import Caller
from finops_ingestion.costs.bridge.domain import bridges
from finops_ingestion.costs.bridge.query import items_statement, lines_of, present_statement
from finops_ingestion.costs.bridge.service import BridgeService
from finops_ingestion.costs.domain import Days, Filter, Question, dimension_of
from finops_ingestion.costs.engine import DuckEngine, Engine
from finops_ingestion.costs.groups.applying import GroupRules
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.reading import StandingBills
from finops_ingestion.imports.revisions import Pinned

OCTOBER = Days(date(2026, 10, 1), date(2026, 11, 1))
NOVEMBER = Days(date(2026, 11, 1), date(2026, 12, 1))
PLAN = "arn:aws:savingsplans::111111111111:savingsplan/one"
TEAM = dimension_of("tag:team")
BY_SERVICE = Question(NOVEMBER, by=(dimension_of("service"),))
QUESTIONS = {
    "all": Question(NOVEMBER),
    "by service": BY_SERVICE,
    "by tag": Question(NOVEMBER, by=(TEAM,)),
    "of a tag": Question(NOVEMBER, filters=(Filter(TEAM, ("web",)),), currency="USD"),
}


def hours(quantity: str, rate: str, **facts: Any) -> Line:  # noqa: ANN401 - columns
    """Machine hours at the customer's own rate; `cost` where that is not what they cost."""
    valued = Decimal(quantity) * Decimal(rate)
    known = {"usage_quantity": Decimal(quantity), "usage_unit": "Hrs", "contracted_cost": valued}
    return a_line(facts.pop("cost", str(valued)), **known | facts)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> SmallLake:
    web = {"team": "web"}
    october = [
        hours("100", "0.1", sku_id="large", cost="7", commitment_id=PLAN, commitment_status="Used"),
        hours("50", "0.1", sku_id="large", tags=web),
        a_line("-5", charge_category="Credit"),
        a_line("30", service="AmazonS3", region=None),
    ]
    november = [
        hours("150", "0.1", sku_id="large", tags=web, at="2026-11-03T01:00"),
        hours("40", "0.3", sku_id="huge", at="2026-11-03T01:00"),
        a_line("33.000000000001", service="AmazonS3", region=None, at="2026-11-30T23:59"),
        a_line("7000", currency="KRW", at="2026-11-09T00:00", tags=web),
    ]
    return a_lake(tmp_path_factory.mktemp("lake"), october, november)


def bridged(lake: SmallLake, engine: Engine, question: Question) -> Any:  # noqa: ANN401 - compared
    lines = lines_of(lake.rows(engine, items_statement(question, OCTOBER)))
    present = {row[0] for row in lake.rows(engine, present_statement(question.days))}
    return bridges(lines, present, question.top)


@pytest.mark.req("ING-35", part="one statement, the same answer on another engine")
@pytest.mark.parametrize("name", QUESTIONS)
def test_engines_agree_exactly(
    name: str, lake: SmallLake, duck: DuckEngine, clickhouse: ClickHouseEngine
) -> None:
    ours = bridged(lake, duck, QUESTIONS[name])

    assert ours == bridged(lake, clickhouse, QUESTIONS[name])
    assert ours


@pytest.mark.req("ING-35", part="from the files of two months")
def test_each_line_of_two_months_is_in_one_effect(lake: SmallLake, duck: DuckEngine) -> None:
    krw, usd = bridged(lake, duck, BY_SERVICE)

    assert krw.total.effects == {"volume": 7000}
    assert (usd.total.before, usd.total.now) == (Decimal(37), Decimal("60.000000000001"))
    ec2, s3 = usd.groups
    # 150 h became 190: 40 at the old average, and 40 on machines 0.2 an hour dearer.
    assert (ec2[0], ec2[1].effects) == (
        ("AmazonEC2",),
        {"volume": 4, "mix": 8, "expiry": 3, "credit": 5},
    )
    # A cost without a quantity can only be more of the same.
    assert (s3[0], s3[1].effects) == (("AmazonS3",), {"volume": Decimal("3.000000000001")})


class LakeBills(StandingBills):
    """The bills of a small lake, whoever asks."""

    def __init__(self, lake: SmallLake, engine: Engine) -> None:
        self._lake = lake
        self._engine = engine

    async def pin(self, caller: Caller, days: Days, sources: Sequence[UUID] = ()) -> tuple[()]:  # noqa: ARG002 - there is one lake
        return ()

    async def rows(self, pinned: Sequence[Pinned], statement: Select[Any]) -> list[Any]:  # noqa: ARG002 - the same
        return self._lake.rows(self._engine, statement)


@pytest.mark.req("ING-35", part="more items than fit are refused, never left out")
@pytest.mark.parametrize("most", [5, 6])
async def test_a_bridge_over_more_items_than_the_limit_is_refused(
    most: int, lake: SmallLake, duck: DuckEngine
) -> None:
    # Neither the caller nor the rules of cost groups are asked.
    service = BridgeService(LakeBills(lake, duck), GroupRules(None), most)  # type: ignore[arg-type]
    asked = service.ask(None, Question(NOVEMBER), OCTOBER)  # type: ignore[arg-type]

    if most == 6:
        found, _ = await asked
        assert [each.currency for each in found] == ["KRW", "USD"]
    else:
        with pytest.raises(QuestionTooLarge) as refused:
            await asked
        assert refused.value.code == "question-too-large"


@pytest.mark.req("ING-35", part="over HTTP")
async def test_a_bridge_is_asked_for_by_month(customer: Customer) -> None:
    root = f"/ingestion/v1/organizations/{customer.organization}"
    lines = (
        a_day(date(2026, month, day), cost, ConsumedQuantity=quantity, ConsumedUnit="Hrs")
        for month, cost, quantity in ((8, "2", "10"), (9, "6", "15"))
        for day in (1, 2)
    )
    await upload(customer, lines)

    async def ask(expect: int = 200, **query: object) -> Any:  # noqa: ANN401 - JSON
        path = f"{root}/costs/bridge?{urlencode(query, doseq=True)}"
        return (await customer.owner.ask("GET", path, expect=expect)).json()

    found = await ask(start="2026-09-01", end="2026-10-01", by="service")

    assert (found["compare_start"], found["compare_end"]) == ("2026-08-01", "2026-09-01")
    (usd,) = found["bridges"]
    assert usd["total"]["change"]["amount"] == "8"
    assert [(e["effect"], e["amount"]["amount"]) for e in usd["total"]["effects"]] == [
        ("volume", "2"),
        ("price", "6"),
    ]
    assert usd["groups"][0]["values"] == {"service": "AmazonEC2"}
    assert usd["rest"] is None
    assert (await ask(422, start="2026-09-01", end="2026-09-01"))["errors"][0][
        "field"
    ] == "query.end"
    assert (await ask(422, start="0001-01-01", end="0001-02-01"))["errors"]
