"""Readings that need more memory than an import may use: refused, since trying again cannot help."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops_common.ids import new_id
from finops_ingestion.imports.orders import Order, StandingFiles
from finops_ingestion.imports.reading import read_bill


@pytest.mark.req("ING-17", part="a re-cut beyond its memory")
def test_a_revision_that_is_too_large_to_be_cut_anew_is_refused(tmp_path: Path) -> None:
    tags = tmp_path / "tags.parquet"
    many = {"tag_set_id": list(range(200_000)), "tags": [f"{n:064}" for n in range(200_000)]}
    pq.write_table(pa.table(many), tags)
    files = {"tag_sets": (tags,), "tags": (), "hourly": (), "items": ()}
    standing = StandingFiles(period=date(2026, 11, 1), schema_name="cur2", files=files)

    outcome = read_bill(
        Order(
            sources=(),
            to=tmp_path / "out",
            standing=standing,
            organizations={},
            otherwise=new_id(),
            memory_mb=4,
            threads=1,
        )
    )

    assert outcome.refused is not None
    assert outcome.refused.code == "memory-exceeded"
