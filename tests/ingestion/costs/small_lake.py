"""Bills small enough to read, as the files an import would leave of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Select

from finops_common.contracts.cost_records import COLUMNS
from finops_ingestion.bills.line_items import STORED
from finops_ingestion.bills.tag_sets import identify
from finops_ingestion.costs.domain import Costs, Question
from finops_ingestion.costs.engine import Engine, File, tables_of
from finops_ingestion.costs.query import costs_of, costs_statement

Line = dict[str, Any]
SOURCE = UUID(int=7)
_KINDS = {each.name: each.kind for each in COLUMNS}
_RECORD = {
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "text": pa.string(),
    "decimal": pa.decimal128(38, 12),
    "count": pa.int64(),
}
# As conversions write them: narrower amounts, times without zone.
_ITEM = _RECORD | {"decimal": pa.decimal128(37, 12)}
_OWN = {
    "charge_start": pa.timestamp("us"),
    "charge_end": pa.timestamp("us"),
    "tag_set_id": pa.int64(),
}
RECORDS = pa.schema([(each.name, _RECORD[each.kind]) for each in COLUMNS])
ITEMS = pa.schema([(name, _OWN.get(name) or _ITEM[_KINDS.get(name, "text")]) for name in STORED])
TAGS = pa.schema([("tag_set_id", pa.int64()), ("key", pa.string()), ("value", pa.string())])
TAG_SETS = pa.schema([("tag_set_id", pa.int64()), ("tags", pa.string())])


def a_line(cost: str = "1", *, at: str = "2026-10-05T07:00", **facts: object) -> Line:
    """A line of the bill that began at an instant, UTC; `tags` is a dictionary."""
    start = datetime.fromisoformat(at)
    return {
        "charge_start": start,
        "charge_end": start + timedelta(hours=1),
        "provider": "AWS",
        "payer_account_id": "100000000000",
        "account_id": "111111111111",
        "service": "AmazonEC2",
        "region": "us-east-1",
        "charge_category": "Usage",
        "currency": "USD",
        "effective_cost": Decimal(cost),
        "billed_cost": Decimal(0),
        "tags": {},
        **facts,
    }


@dataclass
class SmallLake:
    """Files of an organization's bills, asked through one engine or another."""

    files: dict[str, list[File]]

    def rows(self, engine: Engine, statement: Select[Any]) -> list[tuple[Any, ...]]:
        return engine.rows(statement, {name: self.files[name] for name in tables_of(statement)})

    def ask(self, engine: Engine, question: Question) -> Costs:
        return costs_of(question, self.rows(engine, costs_statement(question)))


def a_lake(folder: Path, *bills: Sequence[Line]) -> SmallLake:
    """A lake of bills, each with files of its own, from October 2026 on."""
    files: dict[str, list[File]] = {}
    for number, bill in enumerate(bills or ([],)):
        part = f"2026-{10 + number}/{SOURCE}"
        for name, table in _tables(bill).items():
            path = folder / f"{name}-{number}.parquet"
            pq.write_table(table, path)
            files.setdefault(name, []).append(File(path, part))
    return SmallLake(files | {"lines": files["items"]})


def _tables(bill: Sequence[Line]) -> dict[str, pa.Table]:
    known: dict[int, str] = {}
    sets = [identify(line["tags"], known) for line in bill]
    items = [line | {"tag_set_id": number} for line, number in zip(bill, sets, strict=True)]
    pairs = [(n, *pair) for n, text in known.items() for pair in json.loads(text).items()]
    tags = [dict(zip(TAGS.names, pair, strict=True)) for pair in pairs]
    tag_sets = [{"tag_set_id": number, "tags": text} for number, text in known.items()]
    return {
        "records": pa.Table.from_pylist([_record(line) for line in bill], RECORDS),
        "items": pa.Table.from_pylist([_cut(item) for item in items], ITEMS),
        "tags": pa.Table.from_pylist(tags, TAGS),
        "tag_sets": pa.Table.from_pylist(tag_sets, TAG_SETS),
    }


def _record(line: Line) -> dict[str, Any]:
    hour = line["charge_start"].replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    return {**line, "hour": hour, "billing_period": hour.date().replace(day=1), "lines": 1}


def _cut(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item.get(name) for name in STORED}
