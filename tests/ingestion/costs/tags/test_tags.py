"""Tag keys and values, and the cost that they cover."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.ingestion.costs.small_lake import a_lake, a_line

from finops_ingestion.costs.domain import Days, Filter, dimension_of
from finops_ingestion.costs.engine import DuckEngine
from finops_ingestion.costs.tags.domain import (
    Asked,
    Covered,
    TagKey,
    TagValue,
    dimension_of_key,
    kind_of,
)
from finops_ingestion.costs.tags.query import keys_of, keys_statement, values_of, values_statement

OCTOBER = Days(date(2026, 10, 1), date(2026, 11, 1))


@pytest.mark.req("ING-33", part="tag keys with their values counted and the cost they cover")
def test_keys_say_how_many_values_they_have_and_what_they_cover(
    duck: DuckEngine, tmp_path: Path
) -> None:
    lake = a_lake(
        tmp_path,
        [a_line("6", tags={"team": "web", "env": "prod"}), a_line("2", tags={"team": "data"})],
        # The same set again, in a file of its own, and in another currency.
        [a_line("1", tags={"team": "web", "env": "prod"}), a_line("1")],
        [a_line("500", tags={"team": "web"}, currency="KRW")],
    )

    found = keys_of(lake.rows(duck, keys_statement(Asked(OCTOBER))))

    assert found == [
        TagKey("env", 1, (Covered("USD", Decimal(7), Decimal("0.7")),)),
        TagKey(
            "team",
            2,
            (
                Covered("KRW", Decimal(500), Decimal(1)),
                Covered("USD", Decimal(9), Decimal("0.9")),
            ),
        ),
    ]


@pytest.mark.req("ING-33", part="tag keys of what a filter leaves")
def test_filters_leave_out_keys_of_other_lines(duck: DuckEngine, tmp_path: Path) -> None:
    lake = a_lake(
        tmp_path,
        [
            a_line(tags={"team": "web"}),
            a_line(tags={"env": "prod"}, service="AmazonS3"),
            a_line(tags={"old": "x"}, at="2026-09-30T23:00"),
        ],
    )
    asked = Asked(OCTOBER, (Filter(dimension_of("service"), ("AmazonS3",)),))

    found = keys_of(lake.rows(duck, keys_statement(asked)))

    assert [each.key for each in found] == ["env"]


@pytest.mark.req("ING-33", part="tag values with their costs, found by a part, page by page")
def test_values_are_found_by_a_part_of_them_and_paged(duck: DuckEngine, tmp_path: Path) -> None:
    lake = a_lake(
        tmp_path,
        [
            a_line("1", tags={"team": "Web shop"}),
            a_line("2", tags={"team": "webmail"}),
            a_line("3", tags={"team": "webmail", "env": "prod"}),
            a_line("9", tags={"team": "data"}),
        ],
    )
    asked = Asked(OCTOBER)

    first = values_of(lake.rows(duck, values_statement(asked, "team", "WEB", None, 1)))
    second = values_of(lake.rows(duck, values_statement(asked, "team", "WEB", "Web shop", 1)))
    nobodys = values_of(lake.rows(duck, values_statement(asked, "nobody's", None, None, 10)))

    assert [each.value for each in first] == ["Web shop", "webmail"]
    assert second == [TagValue("webmail", {"USD": Decimal(5)})]
    assert nobodys == []


@pytest.mark.parametrize(
    ("key", "kind", "dimension"),
    [("team", "tag", "tag:team"), ("costCategory/Unit", "cost_category", "cost_category:Unit")],
)
def test_a_key_says_what_to_group_by(key: str, kind: str, dimension: str) -> None:
    assert kind_of(key) == kind
    assert str(dimension_of_key(key)) == dimension
    assert dimension_of(dimension).tag_key == key
