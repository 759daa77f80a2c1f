"""Mapping tables: complete, rendered to readable SQL, and shown on their committed pages."""

from pathlib import Path

import pytest

from finops_common.contracts.cost_records import COLUMNS
from finops_ingestion.bills.cells import cell
from finops_ingestion.bills.files import Column, Layout
from finops_ingestion.bills.key_sets import grouped_sql
from finops_ingestion.bills.line_items import EXTRA, STORED
from finops_ingestion.bills.mapping import Demand, Derived, Input, Kind, Mapping, Role, Rule
from finops_ingestion.bills.normalise import cells_sql, keyed_sql, lines_sql, records_sql
from finops_ingestion.bills.pages import render_page
from finops_ingestion.bills.schemas import MAPPINGS

PAGES = Path(__file__).parents[3] / "docs" / "schemas"
each_schema = pytest.mark.parametrize("mapping", MAPPINGS, ids=[m.name for m in MAPPINGS])
COUNTED = {"lines", "lines_without_list_cost"}


@each_schema
def test_a_mapping_gives_every_column_of_the_hourly_record(mapping: Mapping) -> None:
    columns = [rule.column for rule in mapping.rules]

    assert columns == [column.name for column in COLUMNS if column.name not in COUNTED]


@each_schema
def test_the_names_of_a_mapping_are_each_used_once(mapping: Mapping) -> None:
    values: tuple[Input | Derived, ...] = (*mapping.inputs, *mapping.derived)
    names = [value.name for value in values]

    assert len(names) == len(set(names))
    assert {"charge_start", "charge_end", "resource_id"} == set(EXTRA) - {"tags"}
    assert set(STORED) <= {rule.column for rule in mapping.rules} | {*EXTRA, "tag_set_id"}


@each_schema
def test_the_committed_page_is_the_rendered_one(mapping: Mapping) -> None:
    committed = (PAGES / f"{mapping.name}.md").read_text()

    assert committed == render_page(mapping), (
        "run: python -m finops_ingestion.bills.pages docs/schemas"
    )


def test_there_is_a_page_for_every_schema_and_no_other() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {mapping.name for mapping in MAPPINGS}


SLASHED = Layout((Column("lineItem/UsageAmount"), Column("bill/PayerAccountId")), "csv")
ATHENA = Layout((Column("line_item_usage_amount", "double"),), "parquet")
NESTED = Layout((Column("product", "map<string, string>"),), "parquet")


@pytest.mark.parametrize(
    ("layout", "source", "kind", "expected"),
    [
        (SLASHED, "lineItem/UsageAmount", Kind.AMOUNT, 'amount("c0")'),
        (SLASHED, "bill/PayerAccountId", Kind.ACCOUNT, '"c1"'),
        (SLASHED, "lineItem/Gone", Kind.AMOUNT, "CAST(NULL AS DECIMAL(27, 12))"),
        (SLASHED, "lineItem/Gone", Kind.TEXT, "CAST(NULL AS VARCHAR)"),
        (SLASHED, "lineItem/UsageAmount", Kind.PRESENT, "TRUE"),
        (SLASHED, "lineItem/Gone", Kind.PRESENT, "FALSE"),
        (
            ATHENA,
            "lineItem/UsageAmount",
            Kind.AMOUNT,
            'try_cast("line_item_usage_amount" AS DECIMAL(27, 12))',
        ),
        (NESTED, "product[sku]", Kind.TEXT, "filled(CAST(\"product\"['sku'] AS VARCHAR))"),
    ],
)
def test_a_cell_is_found_whatever_its_spelling_and_read_as_its_type(
    layout: Layout, source: str, kind: Kind, expected: str
) -> None:
    assert cell(layout, Input("value", kind, (source,))).value == expected


def test_the_statement_of_a_small_mapping_reads_like_its_table() -> None:
    mapping = Mapping(
        name="small",
        title="Small",
        inputs=(
            Input("account", Kind.TEXT, ("Account",), Role.KEY),
            Input("public_cost", Kind.AMOUNT, ("Cost",), Role.SUM),
        ),
        derived=(Derived("service", "'S3'"),),
        demands=(Demand("Account is missing", "account IS NOT NULL"),),
        rules=(Rule("billed_cost", "BilledCost", "public_cost"),),
        billed="public_cost",
        usage="TRUE",
    )
    layout = Layout((Column("Account"), Column("Cost")), "csv")

    assert cells_sql(mapping, layout, "bill") == (
        'SELECT "c0" AS "account",\n'
        '  amount("c1") AS "public_cost",\n'
        '  CASE WHEN ("c1" IS NOT NULL AND amount("c1") IS NULL) THEN \'Cost is not an amount\''
        ' END AS "broken"\n'
        "FROM bill"
    )
    assert "WHEN (account IS NOT NULL) IS NOT TRUE THEN 'Account is missing'" in lines_sql(
        mapping, "cells"
    )
    assert grouped_sql(mapping, "lines") == (
        "SELECT hour,\n"
        "  key_set,\n"
        "  CASE WHEN grouping(hour) = 1 THEN"
        ' [struct_pack("account" := "account", "refusal" := "refusal")] END AS "texts",\n'
        '  sum("public_cost") AS "public_cost",\n'
        '  count(*) AS "lines",\n'
        '  count(public_cost) AS "priced"\n'
        "FROM (\n"
        "SELECT *,\n"
        '  hash("account", "refusal") AS key_set\n'
        "FROM lines\n"
        ")\n"
        'GROUP BY GROUPING SETS ((hour, key_set), (key_set, "account", "refusal"))'
    )
    assert keyed_sql(mapping, "sets").startswith("SELECT *,\n  'S3' AS \"service\"")
    assert records_sql(mapping, "cube").startswith('SELECT public_cost AS "billed_cost"')
