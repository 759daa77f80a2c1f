"""Things of the bills are found by a part of their names."""

from datetime import date
from pathlib import Path

import pytest
from tests.ingestion.costs.small_lake import a_lake, a_line

from finops_ingestion.costs.domain import Days
from finops_ingestion.costs.engine import DuckEngine
from finops_ingestion.costs.search.domain import Asked, Hit, Hits, grouped
from finops_ingestion.costs.search.query import search_statement

OCTOBER = Days(date(2026, 10, 1), date(2026, 11, 1))


def search(duck: DuckEngine, folder: Path, text: str, limit: int = 10) -> list[Hits]:
    lake = a_lake(
        folder,
        [
            a_line(resource_id="i-ec2", tags={"name": "my ec2"}),
            a_line(resource_id="ec2-volume", service="AmazonS3"),
            a_line(service="EC2 long ago", at="2026-09-01T00:00"),
        ],
    )
    asked = Asked(text, OCTOBER, limit)
    rows = lake.rows(duck, search_statement(asked))
    return grouped([Hit(kind, value, key) for kind, key, value in rows], asked)


@pytest.mark.req("ING-33", part="search over accounts, services, regions, resources, tag values")
def test_a_part_of_the_name_finds_whatever_its_case(duck: DuckEngine, tmp_path: Path) -> None:
    found = search(duck, tmp_path, "Ec2")

    assert found == [
        Hits("service", (Hit("service", "AmazonEC2"),), more=False),
        Hits("resource", (Hit("resource", "ec2-volume"), Hit("resource", "i-ec2")), more=False),
        Hits("tag", (Hit("tag", "my ec2", "name"),), more=False),
    ]


@pytest.mark.req("ING-33", part="search is limited and says so")
def test_of_many_the_best_are_shown(duck: DuckEngine, tmp_path: Path) -> None:
    found = search(duck, tmp_path, "ec2", limit=1)

    assert Hits("resource", (Hit("resource", "ec2-volume"),), more=True) in found


@pytest.mark.parametrize("text", ["%", "_", "\\", "'"])
def test_nothing_stands_for_anything_else(text: str, duck: DuckEngine, tmp_path: Path) -> None:
    assert search(duck, tmp_path, text) == []


def test_an_account_of_both_bills_and_register_is_found_once_by_its_name() -> None:
    asked = Asked("shop", OCTOBER, 10)
    hits = [Hit("account", "1"), Hit("account", "1", name="Shop"), Hit("account", "2")]

    (found,) = grouped(hits, asked)

    assert found.items == (Hit("account", "1", name="Shop"), Hit("account", "2"))
