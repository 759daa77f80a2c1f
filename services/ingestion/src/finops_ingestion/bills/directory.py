"""The folder products appear in: whole and together, or not at all."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from finops_ingestion.bills.refusals import BillRefusedError

PRODUCTS = ("focus", "hourly", "items", "tag_sets.parquet", "tags.parquet")
MARKER = "conversion.json"
"""Stands beside products we wrote, so that the next run may replace them."""
STAGED = "lines.parquet"


@contextmanager
def drafted(to: Path) -> Iterator[Path]:
    """A folder inside `to` to write in; it is gone afterwards, whatever happened.

    Raises:
        BillRefusedError: `to` holds files under our names that no conversion wrote.
    """
    foreign = [name for name in PRODUCTS if (to / name).exists()]
    if foreign and not (to / MARKER).exists():
        shown = ", ".join(foreign)
        raise BillRefusedError("target-occupied", f"holds {shown}, not written by us", to)
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to, prefix=".convert-") as draft:
        yield Path(draft)


def publish(draft: Path, to: Path, summary: Mapping[str, Any]) -> None:
    """Put the draft's products in place of the former ones, and the summary beside them."""
    for name in PRODUCTS:
        _remove(to / name)
        if (draft / name).exists():
            (draft / name).rename(to / name)
    (to / MARKER).write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
