"""The same statements say the same on DuckDB and on ClickHouse, to the last digit."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Select
from tests.ingestion.costs.clickhouse import ClickHouseEngine
from tests.ingestion.costs.small_lake import SmallLake, a_lake, a_line

from finops_ingestion.costs.domain import Days, Filter, Question, dimension_of
from finops_ingestion.costs.engine import DuckEngine
from finops_ingestion.costs.line_items.domain import Wanted
from finops_ingestion.costs.line_items.query import line_of, lines_statement
from finops_ingestion.costs.overview.query import first_statement, last_statement
from finops_ingestion.costs.search.domain import Asked as Searched
from finops_ingestion.costs.search.query import search_statement
from finops_ingestion.costs.tags.domain import Asked
from finops_ingestion.costs.tags.query import keys_statement, values_statement

AUTUMN = Days(date(2026, 10, 1), date(2026, 12, 1))
TAGGED = {"team": "web", "costCategory/Unit": "shop", "it's": "a\\b%c"}
SERVICE, REGION = dimension_of("service"), dimension_of("region")
TEAM, UNIT = dimension_of("tag:team"), dimension_of("cost_category:Unit")

QUESTIONS = {
    "totals": Question(AUTUMN, granularity="total"),
    "by month": Question(AUTUMN),
    "by month of one": Question(Days(date(2026, 10, 1), date(2026, 11, 1)), by=(SERVICE,)),
    "by day and two dimensions": Question(AUTUMN, granularity="day", by=(SERVICE, REGION), top=2),
    "by hour": Question(Days(date(2026, 10, 5), date(2026, 10, 7)), granularity="hour"),
    "billed": Question(AUTUMN, metric="billed", by=(SERVICE,)),
    "an unknown figure": Question(AUTUMN, metric="list", by=(SERVICE,)),
    "a currency": Question(AUTUMN, by=(REGION,), currency="KRW"),
    "by tag": Question(AUTUMN, by=(TEAM,), granularity="day"),
    "by tag and cost category": Question(AUTUMN, by=(TEAM, UNIT), top=1),
    "by resource": Question(AUTUMN, by=(dimension_of("resource"),)),
    "an unknown tag": Question(AUTUMN, by=(dimension_of("tag:nobody's"),)),
    "a tag's value": Question(AUTUMN, by=(SERVICE,), filters=(Filter(TEAM, ("web",)),)),
    "odd values": Question(AUTUMN, filters=(Filter(dimension_of("tag:it's"), ("a\\b%c",)),)),
    "any value": Question(AUTUMN, by=(TEAM,), filters=(Filter(TEAM),)),
    "no such tag": Question(AUTUMN, by=(SERVICE,), filters=(Filter(TEAM, excluded=True),)),
    "untagged or web": Question(AUTUMN, filters=(Filter(TEAM, (None, "web")),)),
    "not web": Question(AUTUMN, filters=(Filter(TEAM, ("web",), excluded=True),)),
    "no region": Question(AUTUMN, filters=(Filter(REGION, (None,)),)),
    "some region": Question(AUTUMN, filters=(Filter(REGION),)),
    "not one region": Question(AUTUMN, filters=(Filter(REGION, ("us-east-1",), excluded=True),)),
    "compared": Question(
        Days(date(2026, 11, 1), date(2026, 12, 1)),
        by=(SERVICE,),
        top=1,
        against=Days(date(2026, 10, 1), date(2026, 11, 1)),
    ),
    "compared by day and tag": Question(
        Days(date(2026, 10, 6), date(2026, 10, 8)),
        granularity="day",
        by=(TEAM,),
        against=Days(date(2026, 10, 4), date(2026, 10, 6)),
    ),
}

STATEMENTS = {
    "first hour": first_statement(),
    "last hour": last_statement(),
    "lines": lines_statement(Wanted(AUTUMN)),
    "newest lines of a tag": lines_statement(
        Wanted(AUTUMN, (Filter(TEAM, ("web",)),), newest_first=True, limit=2)
    ),
    "tag keys": keys_statement(Asked(AUTUMN)),
    "tag keys of a service": keys_statement(Asked(AUTUMN, (Filter(SERVICE, ("AmazonEC2",)),))),
    "tag values": values_statement(Asked(AUTUMN), "team", None, None, 10),
    "tag values after one": values_statement(Asked(AUTUMN), "team", "A", "", 1),
    "search": search_statement(Searched("A", AUTUMN, 1)),
    "search in other scripts": search_statement(Searched("울", AUTUMN, 10)),
    "search for wildcards": search_statement(Searched("\\B%", AUTUMN, 10)),
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> SmallLake:
    october = [
        a_line("0.000000000001", tags=TAGGED, resource_id="i-1"),
        a_line("123456789012345.123456789012", tags=TAGGED, list_cost=Decimal("2.5")),
        a_line("3", service="AmazonS3", region=None, billed_cost=Decimal("0.1")),
        a_line("-4.25", service="AmazonS3", at="2026-10-06T23:59:59.999999"),
        a_line("7000", currency="KRW", tags={"team": "data"}, at="2026-10-31T23:00"),
    ]
    november = [
        a_line("9", tags=TAGGED, at="2026-11-01T00:00"),
        a_line("9", service="AWSLambda", tags={"team": ""}, at="2026-11-02T00:00"),
        a_line("9", service=None, region="서울", at="2026-11-30T23:30"),
        a_line("1", at="2026-12-01T00:00"),
    ]
    return a_lake(tmp_path_factory.mktemp("lake"), october, november)


@pytest.mark.req("ING-30", part="one statement, the same answer on another engine")
@pytest.mark.parametrize("name", QUESTIONS)
def test_engines_agree_exactly(
    name: str, lake: SmallLake, duck: DuckEngine, clickhouse: ClickHouseEngine
) -> None:
    question = QUESTIONS[name]

    ours, theirs = lake.ask(duck, question), lake.ask(clickhouse, question)

    assert ours == theirs
    assert ours.totals


@pytest.mark.req("ING-33", part="one statement, the same answer on another engine")
@pytest.mark.parametrize("name", STATEMENTS)
def test_engines_agree_on_lists_too(
    name: str, lake: SmallLake, duck: DuckEngine, clickhouse: ClickHouseEngine
) -> None:
    statement: Select[Any] = STATEMENTS[name]

    ours, theirs = lake.rows(duck, statement), lake.rows(clickhouse, statement)

    assert sorted(ours, key=str) == sorted(theirs, key=str)
    assert ours


@pytest.mark.req("ING-33", part="pages of lines, the same on another engine")
@pytest.mark.parametrize("newest_first", [False, True])
def test_engines_turn_the_same_pages(
    newest_first: bool, lake: SmallLake, duck: DuckEngine, clickhouse: ClickHouseEngine
) -> None:
    wanted = Wanted(AUTUMN, newest_first=newest_first, limit=3)
    *_, place = (line_of(row)[1] for row in lake.rows(duck, lines_statement(wanted))[:3])

    following = lines_statement(replace(wanted, after=place))

    assert lake.rows(duck, following) == lake.rows(clickhouse, following)
