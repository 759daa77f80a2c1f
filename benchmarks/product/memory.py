"""P14: peak memory of the process that an import reads, converts and cuts a bill in.

Bills of 5 M and 20 M rows (1 M and 4 M in the small size), each as the worker orders it, with
line items and the memory and disk that settings give by default.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

from finops_common.ids import new_id
from finops_ingestion.imports.orders import Order, Outcome
from finops_ingestion.imports.spooling import MB, Spool
from finops_ingestion.settings import Settings
from generate import SIZES, ensure_bill
from sides import Clock, Given, Sample

PAIRS = {"check": ("check", "1m"), "1m": ("1m", "4m")}
REAL = ("5m", "20m")


def measure(given: Given) -> Sample:
    sizes = PAIRS.get(given.size, REAL)
    peaks, facts = [], {}
    with Clock() as clock:
        for size in sizes:
            with Clock() as reading:
                peak = _peak_of_reading(size, Path(given.scratch) / size)
            peaks.append(peak)
            facts |= {f"MB at {size}": peak, f"seconds at {size}": reading.seconds}
    figures = {"gb": peaks[-1] / 1000, "growth": peaks[-1] / peaks[0]}
    return Sample(figures, SIZES[sizes[-1]], clock.seconds, clock.cpu_seconds, facts)


def _peak_of_reading(size: str, to: Path) -> float:
    """Megabytes; the bill has been read whole."""
    settings = Settings.model_fields
    files = sorted(ensure_bill(size).iterdir())
    spool = Spool(to, settings["spool_limit_mb"].default)
    need = spool.need((each.stat().st_size for each in files), fetched=True)
    order = Order(
        sources=tuple(files),
        to=to,
        organizations={},
        otherwise=new_id(),
        memory_mb=settings["import_memory_mb"].default,
        threads=settings["import_threads"].default,
        spill_mb=need.spilled // MB,
    )
    command = [sys.executable, "-m", "finops_ingestion.imports.reading"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(order.model_dump_json() + "\n")
        process.stdin.flush()
        outcome = Outcome.model_validate_json(process.stdout.read())
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    if outcome.reading is None or outcome.reading.rows_accepted != SIZES[size]:
        raise SystemExit(f"the bill was not read: {outcome.refused}")
    return _megabytes(used)


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
