"""Delivers a month's bill the way AWS lays exports in a bucket: data files, then manifest."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Protocol

from finops_sandbox.world import bills_tables as tables
from finops_sandbox.world.bills import bill_lines
from finops_sandbox.world.bills_cur import cur2_record, records
from finops_sandbox.world.bills_focus import focus_rows
from finops_sandbox.world.chance import uuid_of
from finops_sandbox.world.model import World, month_start, next_month
from finops_sandbox.world.settlement import Revision, pick_revision, revisions

Format = Literal["cur-legacy", "cur-legacy-parquet", "cur2", "focus-1.2", "focus-1.2-csv"]

FORMATS: tuple[Format, ...] = (
    *("cur-legacy", "cur-legacy-parquet", "cur2", "focus-1.2", "focus-1.2-csv"),
)
PREFIX = "billing"
EXPORT_NAMES: Mapping[Format, str] = {
    "cur-legacy": "hanbit-hourly",
    "cur-legacy-parquet": "hanbit-hourly-parquet",
    "cur2": "hanbit-cur2",
    "focus-1.2": "hanbit-focus",
    "focus-1.2-csv": "hanbit-focus-csv",
}
ROWS_PER_FILE = 4000

Rows = Sequence[Mapping[str, object]]


class Store(Protocol):
    """Where objects go: a folder tree or a bucket."""

    def put(self, key: str, body: bytes) -> None: ...


@dataclass(frozen=True)
class FolderStore:
    """Objects as files below a folder."""

    root: Path

    def put(self, key: str, body: bytes) -> None:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


@dataclass(frozen=True)
class BucketStore:
    """Objects in a bucket, written with a synchronous S3 client."""

    client: Any
    bucket: str

    def put(self, key: str, body: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body)


@dataclass(frozen=True)
class Delivery:
    """What one publication wrote, manifest last."""

    month: date
    revision: Revision
    data_keys: tuple[str, ...]
    manifest_key: str
    rows: int


def publish(
    world: World,
    month: date,
    revision: int | None,
    bill_format: Format,
    store: Store,
    bucket: str | None = None,
) -> Delivery:
    """Write one revision of a month's bill (the newest when None) in one format.

    The manifest is written after the files it names; `bucket` only appears inside it and is
    the world's own unless given.
    """
    known = pick_revision(world, month, revision)
    rows, schema = _rows(world, month, known, bill_format)
    as_csv = bill_format in {"cur-legacy", "focus-1.2-csv"}
    keys = _data_keys(world, month, known, bill_format, files=-(-len(rows) // ROWS_PER_FILE))
    for number, key in enumerate(keys):
        part = rows[number * ROWS_PER_FILE : (number + 1) * ROWS_PER_FILE]
        store.put(key, tables.csv_gz(part, schema) if as_csv else tables.parquet(part, schema))
    manifest_key = _write_manifest(
        world, month, known, bill_format, keys, store, bucket or bucket_of(world)
    )
    return Delivery(month, known, tuple(keys), manifest_key, len(rows))


def publish_history(
    world: World, bill_format: Format, store: Store, *, every_revision: bool = False
) -> Iterator[Delivery]:
    """Publish every month in order: the newest revision of each, or all as they came."""
    for month in world.months:
        known = revisions(world, month)
        for revision in known if every_revision else known[-1:]:
            yield publish(world, month, revision.number, bill_format, store)


def bucket_of(world: World) -> str:
    """The bucket the customer's exports are delivered to."""
    return f"hanbit-billing-{world.payer.id}"


def _rows(
    world: World, month: date, revision: Revision, bill_format: Format
) -> tuple[Rows, tables.Schema]:
    lines = bill_lines(world, month, revision.number)
    if bill_format in {"focus-1.2", "focus-1.2-csv"}:
        final, ends_at = revision.final, revision.ends_at
        return list(focus_rows(world, month, lines, ends_at, final=final)), tables.FOCUS_SCHEMA
    legacy = list(records(world, month, lines, final=revision.final))
    if bill_format == "cur2":
        return [cur2_record(world, record) for record in legacy], tables.CUR2_SCHEMA
    if bill_format == "cur-legacy":
        return legacy, tables.LEGACY_SCHEMA
    named = [
        {short: record.get(name) for (name, _), (short, _) in zip(*_LEGACY_PAIR, strict=True)}
        for record in legacy
    ]
    return named, tables.LEGACY_PARQUET_SCHEMA


_LEGACY_PAIR = (tables.LEGACY_SCHEMA, tables.LEGACY_PARQUET_SCHEMA)


def _assembly(world: World, month: date, revision: Revision) -> str:
    return uuid_of(world.seed, world.payer.id, "assembly", month, revision.number, revision.ends_at)


def _data_keys(
    world: World, month: date, revision: Revision, bill_format: Format, *, files: int
) -> list[str]:
    name = EXPORT_NAMES[bill_format]
    root = f"{PREFIX}/{name}"
    suffix = "csv.gz" if bill_format in {"cur-legacy", "focus-1.2-csv"} else "snappy.parquet"
    folder = {
        "cur-legacy": f"{root}/{_span(month)}/{_assembly(world, month, revision)}",
        "cur-legacy-parquet": f"{root}/{name}/year={month.year}/month={month.month}",
    }.get(bill_format, f"{root}/data/BILLING_PERIOD={month:%Y-%m}")
    return [f"{folder}/{name}-{number:05}.{suffix}" for number in range(1, files + 1)]


def _span(month: date) -> str:
    return f"{month:%Y%m%d}-{next_month(month):%Y%m%d}"


def _write_manifest(
    world: World,
    month: date,
    revision: Revision,
    bill_format: Format,
    keys: list[str],
    store: Store,
    bucket: str,
) -> str:
    name = EXPORT_NAMES[bill_format]
    file_name = f"{name}-Manifest.json"
    if bill_format in {"cur-legacy", "cur-legacy-parquet"}:
        manifest = _legacy_manifest(world, month, revision, bill_format, keys, bucket)
        folder = f"{PREFIX}/{name}/{_span(month)}"
        if bill_format == "cur-legacy":
            store.put(f"{folder}/{_assembly(world, month, revision)}/{file_name}", manifest)
    else:
        manifest = _export_manifest(world, month, revision, bill_format, keys, bucket)
        folder = f"{PREFIX}/{name}/metadata/BILLING_PERIOD={month:%Y-%m}"
    store.put(f"{folder}/{file_name}", manifest)
    return f"{folder}/{file_name}"


def _legacy_manifest(
    world: World,
    month: date,
    revision: Revision,
    bill_format: Format,
    keys: list[str],
    bucket: str,
) -> bytes:
    types = {"text": "String", "number": "OptionalBigDecimal", "time": "DateTime"}
    parquet = bill_format == "cur-legacy-parquet"
    columns = [
        {"category": name.split("/")[0], "name": name.split("/")[1], "type": types[kind]}
        for name, kind in tables.LEGACY_SCHEMA
    ]
    return _json(
        {
            "assemblyId": _assembly(world, month, revision),
            "account": world.payer.id,
            "columns": columns,
            "charset": "UTF-8",
            "compression": "Parquet" if parquet else "GZIP",
            "contentType": "Parquet" if parquet else "text/csv",
            "reportId": uuid_of(world.payer.id, "report", bill_format).replace("-", ""),
            "reportName": EXPORT_NAMES[bill_format],
            "billingPeriod": {
                "start": f"{month_start(month):%Y%m%dT%H%M%S}.000Z",
                "end": f"{month_start(next_month(month)):%Y%m%dT%H%M%S}.000Z",
            },
            "bucket": bucket,
            "reportKeys": keys,
            "additionalArtifactKeys": [],
        }
    )


def _export_manifest(
    world: World,
    month: date,
    revision: Revision,
    bill_format: Format,
    keys: list[str],
    bucket: str,
) -> bytes:
    types = {
        "text": "string",
        "number": "double",
        "time": "timestamp",
        "map": "map<string,string>",
        "number map": "map<string,double>",
    }
    schema = tables.CUR2_SCHEMA if bill_format == "cur2" else tables.FOCUS_SCHEMA
    return _json(
        {
            "exportArn": export_arn(world, bill_format),
            "exportName": EXPORT_NAMES[bill_format],
            "executionId": _assembly(world, month, revision),
            "account": world.payer.id,
            "billingPeriod": {
                "start": f"{month_start(month):%Y-%m-%dT%H:%M:%S}.000Z",
                "end": f"{month_start(next_month(month)):%Y-%m-%dT%H:%M:%S}.000Z",
            },
            "contentType": "text/csv" if bill_format == "focus-1.2-csv" else "Parquet",
            "columns": [{"name": name, "type": types[kind]} for name, kind in schema],
            "dataFiles": [f"s3://{bucket}/{key}" for key in keys],
        }
    )


def export_arn(world: World, bill_format: Format) -> str:
    """The ARN of the data export that delivers the format."""
    identifier = uuid_of(world.payer.id, "export", bill_format)
    name = EXPORT_NAMES[bill_format]
    return f"arn:aws:bcm-data-exports:us-east-1:{world.payer.id}:export/{name}-{identifier}"


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, indent=2).encode()
