"""P4: `convert` of a bill to FOCUS files, the whole process as somebody starts it."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb

from sides import Clock, Given, Sample

COSTS = {
    "billed": "sum(BilledCost)",
    "effective": "sum(EffectiveCost)",
    "list of usage": "sum(ListCost) FILTER (ChargeCategory = 'Usage')",
    "billed tax": "sum(BilledCost) FILTER (ChargeCategory = 'Tax')",
    "billed purchases": "sum(BilledCost) FILTER (ChargeCategory = 'Purchase')",
}


def measure(given: Given) -> Sample:
    to = Path(given.scratch)
    _convert(given.tiny, to / "tiny")
    with Clock() as clock:
        told = _convert(given.bill, to / "bill")
    costs, facts = focus_answer(f"{to}/bill/focus/*/*.parquet")
    # Not the file's: negations fall away in it, and unused parts of fees stand by themselves.
    return clock.sample(given.rows, {"lines": told["rows_accepted"]} | costs, **facts)


def _convert(bill: str, to: Path) -> dict[str, int]:
    command = [sys.executable, "-m", "finops_ingestion", "convert", bill, "--to", to, "--json"]
    done = subprocess.run(command, check=True, capture_output=True)
    told: dict[str, int] = json.loads(done.stdout)
    return told


def focus_answer(files: str) -> tuple[dict[str, str], dict[str, int]]:
    """What FOCUS files say, whoever wrote them; and how many columns and lines they have."""
    source = f"read_parquet('{files}', hive_partitioning = false)"
    sums = duckdb.execute(f"SELECT {', '.join(COSTS.values())} FROM {source}").fetchall()[0]
    # The bill's amounts have four decimals: rounded to cents, sums of doubles are exact.
    costs = {name: f"{cost:.2f}" for name, cost in zip(COSTS, sums, strict=True)}
    columns = len(duckdb.execute(f"SELECT * FROM {source} LIMIT 0").description)
    lines = duckdb.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0]
    return costs, {"columns": columns, "lines": lines}
