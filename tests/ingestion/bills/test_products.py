"""What a conversion writes: hourly records by contract, line items, tag sets, Arrow parts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops_common.contracts.cost_records import COLUMNS, DIMENSIONS
from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.convert import convert_bill, hourly_parts
from finops_ingestion.bills.focus_file import focus_sql
from finops_ingestion.bills.hourly import MAX_PART_BYTES, parts_of
from finops_ingestion.bills.refusals import BillRefusedError
from finops_ingestion.bills.tag_sets import TagSetCollisionError, identify, tag_set

DATA = Path(__file__).parents[2] / "data"
GOLDEN = DATA / "aws-cur" / "golden" / "golden-1-legacy-cur.csv"
SAMPLE = DATA / "bills" / "focus" / "focus-1.0-sample-part1.csv"
ARROW = {
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "text": pa.string(),
    "decimal": pa.decimal128(38, 12),
    "count": pa.int64(),
}

Convert = Callable[..., Conversion]
Line = Callable[..., dict[str, object]]
Write = Callable[..., Path]


def answers(columns: str, source: str, *clauses: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(
            " ".join(["SELECT", columns, "FROM", source, *clauses])
        ).fetchall()


@pytest.mark.req("ING-21")
@pytest.mark.parametrize("bill", [GOLDEN, SAMPLE], ids=["cur", "focus"])
def test_hourly_files_have_the_contracts_columns_and_one_row_per_key(
    bill: Path, convert: Convert
) -> None:
    conversion = convert(bill)

    for period in conversion.periods:
        (file,) = period.hourly_files
        assert {f.name: f.type for f in pq.read_schema(file)} == {
            c.name: ARROW[c.kind] for c in COLUMNS
        }
        rows = pq.read_table(file).to_pylist()
        keys = {tuple(row[column.name] for column in DIMENSIONS) for row in rows}
        assert len(keys) == len(rows)
        assert {
            c.name for c in COLUMNS if not c.nullable for row in rows if row[c.name] is None
        } == set()


def test_every_accepted_line_is_in_a_record_but_for_negations(convert: Convert) -> None:
    conversion = convert(GOLDEN)

    (period,) = conversion.periods
    lines = sum(row["lines"] for row in pq.read_table(period.hourly_files[0]).to_pylist())
    assert lines == conversion.rows_accepted - 13


@pytest.mark.req("ING-20", part="records of at most 900 KB")
def test_arrow_parts_give_the_hourly_file_back(convert: Convert) -> None:
    conversion = convert(SAMPLE)

    parts = list(hourly_parts(conversion, "2024-09"))

    assert all(len(part) <= MAX_PART_BYTES for part in parts)
    joined = pa.concat_tables([pa.ipc.open_stream(part).read_all() for part in parts])
    (file,) = conversion.periods[0].hourly_files
    assert joined.to_pylist() == pq.read_table(file).to_pylist()


def test_a_part_over_the_limit_is_halved_until_it_fits(convert: Convert) -> None:
    (file,) = convert(SAMPLE).periods[0].hourly_files

    parts = list(parts_of([file], limit=20_000))

    assert len(parts) > 1
    assert all(len(part) <= 20_000 for part in parts)
    rows = [pa.ipc.open_stream(part).read_all().num_rows for part in parts]
    assert sum(rows) == pq.read_metadata(file).num_rows


def test_line_items_hold_a_tag_set_number_and_tags_stand_apart(convert: Convert) -> None:
    conversion = convert(SAMPLE)
    folder = conversion.directory

    items = answers("count(tag_set_id)", f"'{folder}/items/*/*.parquet'")
    dev = f"(FROM '{folder}/tags.parquet' WHERE key = 'environment' AND value = 'dev')"
    named = answers(
        "count(*)", f"'{folder}/items/*/*.parquet'", f"SEMI JOIN {dev} USING (tag_set_id)"
    )
    in_text = SAMPLE.read_text().count('""environment"": ""dev""')
    assert named == [(in_text,)]
    assert items[0][0] >= in_text


@pytest.mark.parametrize("bill", [GOLDEN, SAMPLE], ids=["cur", "focus"])
def test_the_full_focus_view_gives_names_costs_and_tags_back(bill: Path, convert: Convert) -> None:
    conversion = convert(bill)

    view = focus_sql(conversion.directory)
    columns = "count(*), sum(BilledCost), sum(EffectiveCost), count(ListCost), min(ProviderName)"
    (row,) = answers(columns, f"({view})")
    assert row[1] == sum(total.costs.billed_cost for total in conversion.totals)
    assert row[2] == sum(total.costs.effective_cost for total in conversion.totals)
    assert (row[3], row[4]) == (row[0], "AWS")


def test_hourly_records_alone_are_the_same_without_line_items(convert: Convert) -> None:
    whole, hourly_only = convert(GOLDEN), convert(GOLDEN, line_items=False)

    assert hourly_only.totals == whole.totals
    assert hourly_only.periods[0].line_item_files == ()
    assert sorted(p.name for p in hourly_only.directory.iterdir()) == ["conversion.json", "hourly"]


def test_a_second_conversion_replaces_the_first(convert: Convert) -> None:
    convert(SAMPLE)

    conversion = convert(GOLDEN)

    assert [p.name for p in (conversion.directory / "hourly").iterdir()] == [
        "billing_period=2026-10"
    ]


def test_a_folder_with_strange_files_under_our_names_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "focus").mkdir()

    with pytest.raises(BillRefusedError, match="not written by us"):
        convert_bill([GOLDEN], tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["focus"]


def test_a_tag_set_has_one_number_whatever_the_order_and_form() -> None:
    known: dict[int, str] = {}
    as_object = tag_set('[{"b":"2","user:a":"1","c":null}]')
    as_list = tag_set('[[{"key":"a","value":"1"},{"key":"b","value":"2"}]]')

    assert as_object == as_list == {"a": "1", "b": "2"}
    assert identify(as_object, known) == identify(as_list, known) is not None
    assert identify({}, known) is None


def test_two_tag_sets_under_one_number_stop_the_conversion() -> None:
    known: dict[int, str] = {}
    number = identify({"a": "1"}, known)
    assert number is not None
    known[number] = json.dumps({"b": "2"})

    with pytest.raises(TagSetCollisionError):
        identify({"a": "1"}, known)


def test_legacy_tag_columns_and_text_that_is_no_json(
    write_csv: Write, cur_line: Line, focus_line: Line, convert: Convert
) -> None:
    legacy = cur_line() | {"resourceTags/user:Team": "x", "costCategory/Unit": "y"}
    tagged = convert(write_csv([legacy, cur_line()], "cur.csv"))
    of_legacy = answers("key, value", f"'{tagged.directory}/tags.parquet'")

    lines = [focus_line(Tags='"a": "1'), focus_line(Tags='{"b": 2}')]
    broken = convert(write_csv(lines, "focus.csv"))
    of_broken = answers("key, value", f"'{broken.directory}/tags.parquet'")

    assert set(of_legacy) == {("Team", "x"), ("costCategory/Unit", "y")}
    assert of_broken == [("b", "2")]


@pytest.mark.req("ING-10", part="nothing of a refused row is kept, its tags neither")
def test_tags_of_refused_lines_are_not_kept(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    lines = [focus_line(Tags='{"a": "1"}'), focus_line(Tags='{"b": "2"}', BilledCost="much")]

    conversion = convert(write_csv(lines, "focus.csv"))

    assert conversion.rows_refused == 1
    assert answers("key, value", f"'{conversion.directory}/tags.parquet'") == [("a", "1")]
    assert answers("tags", f"'{conversion.directory}/tag_sets.parquet'") == [('{"a":"1"}',)]
