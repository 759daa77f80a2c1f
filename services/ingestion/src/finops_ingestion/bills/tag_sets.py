"""Tag sets: every distinct set of tags once, with a stable number lines refer to.

The number is the first 64 bits of BLAKE2b over the set as sorted JSON, the same in every
bill and every version of the engine.
"""

import hashlib
import json
from pathlib import Path

import duckdb
import pyarrow as pa

from finops_ingestion.bills.cells import folded, literal, scan_name
from finops_ingestion.bills.files import Column, Layout
from finops_ingestion.bills.mapping import Tags
from finops_ingestion.bills.normalise import select

_BATCH = 50_000
_ID_SCHEMA = pa.schema([("tags", pa.string()), ("tag_set_id", pa.int64())])
_COST_CATEGORY = "costCategory/"
_OWNER_PREFIXES = ("user:", "user_")


class TagSetCollisionError(Exception):
    """Two different tag sets have the same number."""


def tags_cell(tags: Tags, layout: Layout) -> str:
    """SQL for all tags of a line as one JSON array of objects; text that is no JSON is dropped."""
    parts = [
        _as_json(layout, position, column)
        for position, column in enumerate(layout.columns)
        if folded(column.name) in map(folded, tags.nested)
    ]
    parts += _columns_as_json(tags, layout)
    if not parts:
        return "CAST(NULL AS VARCHAR)"
    return "'[' || concat_ws(',', " + ", ".join(parts) + ") || ']'"


def _as_json(layout: Layout, position: int, column: Column) -> str:
    raw = scan_name(layout, position)
    text = layout.format == "csv" or column.type in {"string", "large_string"}
    value = _object(raw) if text else f"to_json({raw})"
    if "cost" not in folded(column.name):
        return f"CAST({value} AS VARCHAR)"
    return f"'{{\"{_COST_CATEGORY}\":' || CAST({value} AS VARCHAR) || '}}'"


def _object(raw: str) -> str:
    """JSON as it is or with Python's quotes; Azure leaves the outer braces out in some exports."""
    braced = f"'{{' || {raw} || '}}'"
    return f"coalesce(json_of({raw}), CASE WHEN json_valid({braced}) THEN {braced} END)"


def _columns_as_json(tags: Tags, layout: Layout) -> list[str]:
    """Tags that have a column each, as one object."""
    fields = []
    for position, column in enumerate(layout.columns):
        lower = column.name.lower()
        prefix = next((p for p in tags.prefixes if lower.startswith(p.lower())), None)
        if prefix and len(lower) > len(prefix):
            key = column.name[len(prefix) :]
            key = _COST_CATEGORY + key if prefix.lower().startswith("cost") else key
            fields.append(f"{literal(key)}, nullif({scan_name(layout, position)}, '')")
    return [f"CAST(json_object({', '.join(fields)}) AS VARCHAR)"] if fields else []


def build_tag_sets(connection: duckdb.DuckDBPyConnection, lines: str) -> None:
    """Make `tag_ids` (raw text to number, NULL for no tags), `tag_sets` and `tags` for the lines.

    Reads the table `key_sets`: whether any line is refused.

    Raises:
        TagSetCollisionError: two sets got one number; practically impossible.
    """
    tagged = "WHERE tags IS NOT NULL"
    # A line's refusal takes all its cells to tell: ten times the work that its tags are.
    if connection.execute("SELECT 1 FROM key_sets WHERE refusal IS NOT NULL LIMIT 1").fetchall():
        tagged += " AND refusal IS NULL"
    distinct = select(["DISTINCT tags"], lines, tagged)
    known: dict[int, str] = {}
    parts = [_ID_SCHEMA.empty_table()]
    for batch in connection.sql(distinct).to_arrow_reader(_BATCH):
        texts = batch.column(0)
        numbers = [identify(tag_set(text), known) for text in texts.to_pylist()]
        parts.append(pa.table([texts, pa.array(numbers, pa.int64())], schema=_ID_SCHEMA))
    connection.register("tag_ids", pa.concat_tables(parts))
    connection.register("tag_sets", _sets(known))
    connection.register("tags", _pairs_of(known))


def _sets(known: dict[int, str]) -> pa.Table:
    numbers, texts = pa.array(known.keys(), pa.int64()), pa.array(known.values(), pa.string())
    return pa.table({"tag_set_id": numbers, "tags": texts})


def _pairs_of(known: dict[int, str]) -> pa.Table:
    rows = [(number, *pair) for number, text in known.items() for pair in json.loads(text).items()]
    numbers, keys, values = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "tag_set_id": pa.array(numbers, pa.int64()),
            "key": pa.array(keys, pa.string()),
            "value": pa.array(values, pa.string()),
        }
    )


def tag_set(text: str) -> dict[str, str]:
    """The tags in one raw cell: objects, or lists of key and value, merged."""
    tags: dict[str, str] = {}
    for part in json.loads(text):
        tags |= _pairs(part)
    return tags


def identify(tags: dict[str, str], known: dict[int, str]) -> int | None:
    """The number of a tag set, noted in `known`; None for the empty set.

    Raises:
        TagSetCollisionError: another set already has the number.
    """
    if not tags:
        return None
    canonical = json.dumps(tags, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.blake2b(canonical.encode(), digest_size=8).digest()
    number = int.from_bytes(digest, "big", signed=True)
    if known.setdefault(number, canonical) != canonical:
        raise TagSetCollisionError(f"{canonical} and {known[number]}")
    return number


def write_tag_sets(connection: duckdb.DuckDBPyConnection, directory: Path) -> None:
    """Write `tag_sets.parquet` (number, JSON) and `tags.parquet` (number, key, value)."""
    for name, order in (("tag_sets", "tag_set_id"), ("tags", "key, value, tag_set_id")):
        target = literal(str(directory / f"{name}.parquet"))
        query = select(["*"], name, f"ORDER BY {order}")
        connection.execute(f"COPY ({query}) TO {target} (FORMAT parquet, COMPRESSION zstd)")


def _pairs(part: object) -> dict[str, str]:
    if isinstance(part, list):
        part = {item.get("key"): item.get("value") for item in part if isinstance(item, dict)}
    if not isinstance(part, dict):
        return {}
    if set(part) == {_COST_CATEGORY}:
        inner = _pairs(part[_COST_CATEGORY])
        return {_COST_CATEGORY + key: value for key, value in inner.items()}
    return {_key(str(k)): _value(v) for k, v in part.items() if v is not None}


def _key(key: str) -> str:
    """A person's tag goes by its bare name, as FOCUS wants it; the provider's keep theirs."""
    return next((key[len(p) :] for p in _OWNER_PREFIXES if key.startswith(p)), key)


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
