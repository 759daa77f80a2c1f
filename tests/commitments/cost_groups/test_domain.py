"""Sorting records by rules: the first that takes one, and what records do not say is unknown."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_commitments.cost_groups.domain import UNKNOWN, facts, path, sorted_into
from finops_common.contracts.ingestion_queries import CostGroupRules, RecordFilter, RecordRule

Row = Mapping[str, str | None]
TAG = RecordFilter(column=None, values=("web",))


def accounts(*values: str | None, excluded: bool = False) -> RecordFilter:
    return RecordFilter(column="account_id", values=values, excluded=excluded)


def services(*values: str | None, excluded: bool = False) -> RecordFilter:
    return RecordFilter(column="service", values=values, excluded=excluded)


def rules(*of: tuple[str, *tuple[RecordFilter, ...]]) -> CostGroupRules:
    return CostGroupRules(
        version=1, rules=tuple(RecordRule(group_id=name, filters=each) for name, *each in of)
    )


def sort(asked: CostGroupRules, *rows: Row) -> list[str | None]:
    columns = facts(asked)
    table = {
        name: pa.chunked_array([pa.array([row.get(name) for row in rows], pa.string())])
        for name in columns
    }
    return sorted_into(asked, pa.table(table))


@pytest.mark.req("COM-21", part="by cost group")
def test_the_first_rule_that_a_record_passes_takes_it() -> None:
    of = rules(
        ("web", accounts("1"), services("EC2", "RDS")),
        ("rest", accounts("1", "2")),
        ("nobody", accounts(None)),
        ("else", services("EC2", excluded=True), services()),
    )
    rows = [("1", "EC2"), ("1", "S3"), ("2", "RDS"), (None, "EC2"), ("3", "S3"), ("3", "EC2")]

    found = sort(of, *({"account_id": account, "service": service} for account, service in rows))

    assert found == ["web", "rest", "rest", "nobody", "else", None]


@pytest.mark.req("COM-21", part="a rule over tags is unknown, never silently dropped")
def test_what_a_rule_over_tags_decides_is_unknown() -> None:
    of = rules(
        ("web", TAG, accounts("1")),
        ("rest", accounts("1", "2")),
        ("web", TAG, accounts("3")),
        ("web", accounts("3")),
        ("data", TAG, accounts("4")),
    )

    found = sort(of, *({"account_id": str(each)} for each in range(1, 6)))

    # Of 3 either rule says web; 4 is of data or of nobody.
    assert found == [UNKNOWN, "rest", "web", UNKNOWN, None]


def test_a_column_that_is_in_no_record_is_unknown_too() -> None:
    of = rules(("web", RecordFilter(column="colour", values=("red",))))

    assert facts(of) == ["provider"]
    assert sort(of, {"provider": "AWS"}) == [UNKNOWN]


def test_without_rules_everything_is_of_nobody() -> None:
    assert sort(rules(), {"provider": "AWS"}, {"provider": None}) == [None, None]


def test_the_way_up_ends_at_the_root() -> None:
    of = CostGroupRules(version=1, parents={"shop": None, "web": "shop"})

    assert path(of, "web") == ["web", "shop"]
    assert path(of, None) == []


names, values = st.sampled_from(["a", "b", "c"]), st.sampled_from(["1", "2", None])
filters = st.builds(
    RecordFilter,
    column=st.sampled_from(["account_id", "service", None]),
    values=st.lists(values, max_size=2).map(tuple),
    excluded=st.booleans(),
)
drawn_rules = st.lists(
    st.builds(RecordRule, group_id=names, filters=st.lists(filters, max_size=3).map(tuple)),
    max_size=5,
)


@pytest.mark.req("COM-21", part="a rule over tags is unknown, never silently dropped")
@given(drawn_rules, values, values)
def test_a_group_is_told_where_every_way_tags_may_be_leads_to_it(
    drawn: list[RecordRule], account: str | None, service: str | None
) -> None:
    row: Row = {"account_id": account, "service": service}
    hidden = [any(each.column is None for each in rule.filters) for rule in drawn]
    ways = product(*([True, False] if each else [True] for each in hidden))
    possible = {first(drawn, way, row) for way in ways}

    (found,) = sort(CostGroupRules(version=1, rules=tuple(drawn)), row)

    assert found == (possible.pop() if len(possible) == 1 else UNKNOWN)


def first(drawn: list[RecordRule], hidden: tuple[bool, ...], row: Row) -> str | None:
    """The plain way, where each rule's hidden filters hold or do not."""
    for rule, holds in zip(drawn, hidden, strict=True):
        if holds and all(passes(each, row) for each in rule.filters if each.column):
            return rule.group_id
    return None


def passes(wanted: RecordFilter, row: Row) -> bool:
    value: Any = row[wanted.column or ""]
    found = value in wanted.values if wanted.values else value is not None
    return found is not wanted.excluded
