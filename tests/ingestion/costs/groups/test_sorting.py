"""Which group a line falls into: the first rule that takes it, on every engine alike."""

import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ingestion.costs.clickhouse import ClickHouseEngine
from tests.ingestion.costs.groups.documents import SHOP, a_rule
from tests.ingestion.costs.small_lake import Line, SmallLake, a_lake, a_line
from tests.ingestion.costs.test_laws import DIMENSIONS, FILTERS, LINES, counted, passes

from finops_ingestion.costs.bridge.query import items_statement
from finops_ingestion.costs.domain import (
    GROUPED,
    Days,
    Dimension,
    Filter,
    Granularity,
    Question,
    Rule,
    dimension_of,
)
from finops_ingestion.costs.engine import DuckEngine
from finops_ingestion.costs.groups.service import Asked, by_rule, sorted_into
from finops_ingestion.costs.line_items.domain import Wanted
from finops_ingestion.costs.line_items.query import line_of, lines_statement
from finops_ingestion.costs.tags.domain import Asked as AskedTags
from finops_ingestion.costs.tags.query import keys_of, keys_statement

OCTOBER = Days(date(2026, 10, 1), date(2026, 11, 1))
SERVICE, TEAM = dimension_of("service"), dimension_of("tag:team")


def sorted_by(*rules: Rule) -> Dimension:
    return Dimension(GROUPED, rules=rules)


def costs_by_group(engine: DuckEngine, lake: SmallLake, *rules: Rule) -> dict[str | None, Decimal]:
    found = lake.ask(engine, Question(OCTOBER, by=(sorted_by(*rules),), top=50))
    return {group.values[0]: group.cost for group in found.groups}


@pytest.mark.req("ING-34", part="first match wins")
def test_a_line_falls_into_the_group_of_the_first_rule_that_takes_it(
    duck: DuckEngine, tmp_path: Path
) -> None:
    lake = a_lake(
        tmp_path,
        [
            a_line("5", tags={"team": "web"}),
            a_line("3", tags={"team": "web"}, service="AmazonS3"),
            a_line("2", service="AmazonS3"),
            a_line("1", region=None),
        ],
    )
    web, storage = a_rule("web", tag__team="web"), a_rule("storage", service="AmazonS3")

    assert costs_by_group(duck, lake, web, storage) == {"web": 8, "storage": 2, None: 1}
    assert costs_by_group(duck, lake, storage, web) == {"web": 5, "storage": 5, None: 1}
    assert costs_by_group(duck, lake, a_rule("both", tag__team="web", service="AmazonS3")) == {
        "both": 3,
        None: 8,
    }
    assert costs_by_group(duck, lake, a_rule("nowhere", region=None), Rule("rest")) == {
        "nowhere": 1,
        "rest": 10,
    }
    assert costs_by_group(duck, lake) == {None: 11}


@pytest.mark.req("ING-34", part="a dimension of line items and tags")
def test_lines_and_tags_of_one_group_are_those_that_fall_into_it(
    duck: DuckEngine, tmp_path: Path
) -> None:
    tagged = {"team": "web", "stage": "live"}
    lake = a_lake(tmp_path, [a_line("5", tags=tagged), a_line("2", tags={"team": "data"})])
    mine = (Filter(sorted_by(a_rule("web", tag__stage="live")), ("web",)),)

    lines = lake.rows(duck, lines_statement(Wanted(OCTOBER, mine)))
    keys = keys_of(lake.rows(duck, keys_statement(AskedTags(OCTOBER, mine))))

    assert [line_of(row)[0].effective_cost for row in lines] == [5]
    assert {key.key: [each.cost for each in key.covered] for key in keys} == {
        "stage": [5],
        "team": [5],
    }


def test_rules_that_nobody_looked_up_are_no_answer(duck: DuckEngine, tmp_path: Path) -> None:
    lake = a_lake(tmp_path, [a_line()])

    with pytest.raises(LookupError):
        lake.ask(duck, Question(OCTOBER, by=(dimension_of("cost_group"),)))


@pytest.mark.req("ING-34", part="what falls into each rule")
def test_the_tree_says_what_falls_into_each_rule_and_into_none(
    duck: DuckEngine, tmp_path: Path
) -> None:
    lake = a_lake(
        tmp_path,
        [
            a_line("30", tags={"team": "web"}),
            a_line("6", service="AmazonVPC"),
            a_line("2", account_id="999999999999"),
            a_line("5"),
            a_line("700", currency="KRW"),
        ],
    )

    trees, rules = sorted_into(SHOP, lake.ask(duck, by_rule(SHOP, Asked(OCTOBER))))

    assert rules == ({"USD": 30}, {}, {"USD": 6}, {"USD": 2})
    assert [(tree.currency, tree.total, tree.unassigned) for tree in trees] == [
        ("KRW", 700, 700),
        ("USD", 43, 5),
    ]
    totals = {node.group.id: node.total for node in trees[1].nodes}
    assert totals == {"shop": 38, "web": 38, "data": 0, "platform": 0, "network": 0}


RULES = st.lists(st.builds(Rule, st.sampled_from("abc"), FILTERS), max_size=4).map(tuple)


def group_of(line: Line, rules: tuple[Rule, ...]) -> str | None:
    return next(
        (rule.group_id for rule in rules if all(passes(line, each) for each in rule.filters)), None
    )


@pytest.mark.req("ING-34", part="every line falls into one group or none")
@settings(max_examples=30, deadline=None)
@given(LINES, RULES, FILTERS, st.sampled_from(DIMENSIONS), st.sampled_from(["month", "hour"]))
def test_groups_are_what_one_finds_going_through_the_lines(
    duck: DuckEngine,
    lines: list[Line],
    rules: tuple[Rule, ...],
    filters: tuple[Filter, ...],
    other: Dimension,
    granularity: Granularity,
) -> None:
    sorting = sorted_by(*rules)
    plain: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    for line in counted(lines, filters):
        plain[line["currency"], group_of(line, rules)] += line["effective_cost"]

    with tempfile.TemporaryDirectory() as folder:
        half = len(lines) // 2
        lake = a_lake(Path(folder), lines[:half], lines[half:])
        asked = Question(OCTOBER, granularity=granularity, by=(sorting,), filters=filters, top=50)
        found = lake.ask(duck, asked)
        mine = replace(asked, by=(other,), filters=(*filters, Filter(sorting, ("a",))))
        of_one = lake.ask(duck, mine)

    assert {(g.currency, g.values[0]): g.cost for g in found.groups} == dict(plain)
    assert of_one.totals == {
        currency: cost for (currency, group), cost in plain.items() if group == "a"
    }


EVERYTHING = Days(date(2026, 10, 1), date(2026, 12, 1))
SORTED = sorted_by(
    a_rule("it's", tag__team="web", service="AmazonEC2"),
    Rule("odd", (Filter(dimension_of("tag:it's"), ("a\\b%c", None), excluded=True),)),
    Rule("tagged", (Filter(TEAM),)),
    Rule("no-region", (Filter(dimension_of("region"), (None,)),)),
    a_rule("vpc", service="AmazonVPC"),
)
PLAIN = sorted_by(a_rule("storage", service="AmazonS3"), a_rule("seoul", region="서울"))
QUESTIONS = {
    "by group": Question(EVERYTHING, by=(SORTED,)),
    "by group and day, top one": Question(EVERYTHING, by=(SORTED,), granularity="day", top=1),
    "by group and tag": Question(EVERYTHING, by=(SORTED, TEAM)),
    "by group of records": Question(EVERYTHING, by=(PLAIN, SERVICE)),
    "of a group": Question(EVERYTHING, by=(SERVICE,), filters=(Filter(SORTED, ("it's", "vpc")),)),
    "of all others": Question(EVERYTHING, filters=(Filter(PLAIN, ("storage",), excluded=True),)),
    "unassigned": Question(EVERYTHING, by=(SERVICE,), filters=(Filter(PLAIN, (None,)),)),
    "no rules": Question(EVERYTHING, by=(sorted_by(),)),
    "one rule for all": Question(EVERYTHING, by=(sorted_by(Rule("all")),)),
    "compared": Question(
        Days(date(2026, 11, 1), date(2026, 12, 1)), by=(SORTED,), against=OCTOBER, top=2
    ),
    "by group and hour": Question(OCTOBER, by=(SORTED, SERVICE), granularity="hour"),
    "by resource's group": Question(
        EVERYTHING, by=(sorted_by(a_rule("one", resource="i-1"), a_rule("web", tag__team="web")),)
    ),
    "by rule": by_rule(SHOP, Asked(EVERYTHING, "billed")),
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> SmallLake:
    tagged = {"team": "web", "it's": "a\\b%c"}
    october = [
        a_line("0.000000000001", tags=tagged, resource_id="i-1"),
        a_line("123456789012345.123456789012", tags={"team": "web"}),
        a_line("3", service="AmazonS3", region=None),
        a_line("-4.25", service="AmazonVPC", tags={"it's": ""}),
        a_line("7000", currency="KRW", tags={"team": "data"}),
    ]
    november = [
        a_line("9", tags=tagged, at="2026-11-01T00:00"),
        a_line("9", service=None, region="서울", at="2026-11-30T23:30"),
    ]
    return a_lake(tmp_path_factory.mktemp("lake"), october, november)


@pytest.mark.req("ING-34", part="the same groups on another engine")
@pytest.mark.parametrize("name", QUESTIONS)
def test_engines_sort_alike(
    name: str, lake: SmallLake, duck: DuckEngine, clickhouse: ClickHouseEngine
) -> None:
    question = QUESTIONS[name]

    ours, theirs = lake.ask(duck, question), lake.ask(clickhouse, question)

    assert ours == theirs
    assert ours.totals


@pytest.mark.req("ING-34", part="bridges, lines and tags of groups on another engine")
@pytest.mark.parametrize("name", ["bridge", "lines", "tags"])
def test_engines_list_the_same_of_a_group(
    name: str, lake: SmallLake, duck: DuckEngine, clickhouse: ClickHouseEngine
) -> None:
    mine = (Filter(SORTED, ("it's", "odd", None)),)
    november = Days(date(2026, 11, 1), date(2026, 12, 1))
    statement = {
        "bridge": items_statement(Question(november, by=(SORTED,), filters=mine), OCTOBER),
        "lines": lines_statement(Wanted(EVERYTHING, mine)),
        "tags": keys_statement(AskedTags(EVERYTHING, mine)),
    }[name]

    ours, theirs = lake.rows(duck, statement), lake.rows(clickhouse, statement)

    assert sorted(ours, key=str) == sorted(theirs, key=str)
    assert ours
