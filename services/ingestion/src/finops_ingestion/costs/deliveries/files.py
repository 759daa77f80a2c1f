"""Writes a month as a FOCUS file with its sums, and the manifest that describes it."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Select

from finops_common.exports.as_parquet import write_parquet
from finops_common.exports.domain import Sheet
from finops_ingestion.costs.deliveries.domain import (
    FORM,
    DeliveredFile,
    Delivery,
    DeliveryBrokenError,
    Month,
    Run,
    Standing,
    Sums,
    sum_up,
)
from finops_ingestion.costs.domain import WIDE, Dimension, Filter
from finops_ingestion.costs.engine import DuckEngine, Files, TooMuchError
from finops_ingestion.costs.exports.focus import FOCUS

ROWS = 4096
_COSTS: Mapping[str, str] = {
    "billed_cost": "BilledCost",
    "effective_cost": "EffectiveCost",
    "list_cost": "ListCost",
    "contracted_cost": "ContractedCost",
}
_CHECKED = ("billed_cost", "effective_cost")
"""What a file says as the bill does; FOCUS wants a list cost of lines whose bill has none."""


@dataclass(frozen=True)
class Written:
    """A file on this host's disk."""

    path: Path
    bytes: int
    sha256: str
    lines: int
    totals: tuple[Sums, ...]


class _Counted:
    """Batches that are counted as they pass."""

    def __init__(self) -> None:
        self.lines = 0
        self.totals: tuple[Sums, ...] = ()

    def count(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self.lines += batch.num_rows
            table = pa.Table.from_batches([batch]).group_by("BillingCurrency")
            sums = table.aggregate([(each, "sum") for each in _COSTS.values()]).to_pylist()
            self.totals = sum_up((*self.totals, *map(_sums, sums)))
            yield batch


def _sums(row: Mapping[str, Any]) -> Sums:
    sums = {name: row[f"{column}_sum"] or Decimal(0) for name, column in _COSTS.items()}
    return Sums(row["BillingCurrency"], **sums)


def filters_of(delivery: Delivery) -> tuple[Filter, ...]:
    """What leaves out the lines that are not delivered."""
    accounts = delivery.terms.scope.accounts
    return (Filter(Dimension("account"), accounts),) if accounts else ()


def write_month(engine: DuckEngine, statement: Select[Any], files: Files, target: Path) -> Written:
    """Write what the statement finds; without files a table without rows. Blocks: call it in a thread.

    Raises:
        DeliveryBrokenError: the lines need more memory than the engine may have.
    """
    counted = _Counted()
    digest = hashlib.sha256()
    try:
        with target.open("wb") as out:
            for piece in _pieces(engine, statement, files, counted):
                digest.update(piece)
                out.write(piece)
    except TooMuchError:
        raise DeliveryBrokenError("too_large") from None
    size = target.stat().st_size
    return Written(target, size, digest.hexdigest(), counted.lines, counted.totals)


def _pieces(
    engine: DuckEngine, statement: Select[Any], files: Files, counted: _Counted
) -> Iterator[bytes]:
    about = (("form", FORM),)
    if not all(files.values()):
        yield from write_parquet(Sheet("Lines", FOCUS, iter(()), about))
        return
    with engine.batches(statement, files, ROWS) as read:
        lines = counted.count(batch.cast(FOCUS) for batch in read)
        yield from write_parquet(Sheet("Lines", FOCUS, lines, about))


def check_totals(written: Written, standing: Sequence[Standing]) -> None:
    """Raises DeliveryBrokenError unless the file's sums are those that the revisions state."""
    stated: dict[str, list[Decimal]] = {}
    for total in (total for each in standing for total in each.totals):
        sums = stated.setdefault(total["currency"], [Decimal(0)] * len(_CHECKED))
        for place, name in enumerate(_CHECKED):
            sums[place] = WIDE.add(sums[place], Decimal(total[name]))
    found = {each.currency: [getattr(each, name) for name in _CHECKED] for each in written.totals}
    nothing = [Decimal(0)] * len(_CHECKED)
    if any(stated.get(c, nothing) != found.get(c, nothing) for c in stated.keys() | found.keys()):
        raise DeliveryBrokenError("totals_differ")


def described(month: Month, key: str, written: Written, etag: str) -> DeliveredFile:
    """The file, once it stands under its key."""
    return DeliveredFile(
        period=month.period,
        key=key,
        bytes=written.bytes,
        sha256=written.sha256,
        etag=etag,
        lines=written.lines,
        finality=month.finality,
        totals=written.totals,
    )


def manifest(run: Run, month: Month, file: DeliveredFile, now: datetime) -> str:
    """What a reader checks the file by; written after it, so a file that differs is newer."""
    revisions = [
        {"billing_source_id": str(each.billing_source_id), "revision": each.revision}
        for each in month.standing
    ]
    known = [each.as_of for each in month.standing]
    document = {
        "delivery_id": str(run.delivery_id),
        "run_id": str(run.id),
        "form": FORM,
        "billing_period": f"{month.period:%Y-%m}",
        "finality": month.finality,
        "as_of": min(known).isoformat() if known else None,
        "written_at": now.isoformat(),
        "revisions": sorted(revisions, key=lambda each: str(each["billing_source_id"])),
        "files": [
            {
                "key": file.key,
                "bytes": file.bytes,
                "sha256": file.sha256,
                "etag": file.etag,
                "lines": file.lines,
            }
        ],
        "totals": [
            {"currency": each.currency, **{name: f"{getattr(each, name):f}" for name in _COSTS}}
            for each in file.totals
        ],
    }
    return json.dumps(document, indent=2)
