"""Readings that need more memory than an import may use: refused, since trying again cannot help."""

import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops_common.ids import new_id
from finops_ingestion.imports.orders import Order, StandingFiles
from finops_ingestion.imports.reading import read_bill

# Takes so many megabytes, or only their addresses, in a process that may have 200.
TAKING = """
import mmap, os, sys, time
from finops_ingestion.imports.memory import limit_memory

def exceeded():
    print("exceeded", flush=True)
    os._exit(0)

limit_memory(200, exceeded)
kind, size = sys.argv[1], int(sys.argv[2]) << 20
taken = bytearray(size) if kind == "memory" else mmap.mmap(-1, size, mmap.MAP_PRIVATE)
time.sleep(1 if kind == "addresses" else 20)
print("goes on")
"""


@pytest.mark.req("ING-17", part="memory counts, reserved addresses do not")
@pytest.mark.parametrize(
    ("kind", "size", "told"), [("memory", 300, "exceeded"), ("addresses", 450, "goes on")]
)
async def test_a_process_is_ended_by_what_it_has_and_not_by_what_it_has_reserved(
    kind: str, size: int, told: str
) -> None:
    taking = await create_subprocess_exec(
        sys.executable, "-c", TAKING, kind, str(size), stdout=PIPE
    )
    output, _ = await taking.communicate()

    assert output.decode().strip() == told


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
