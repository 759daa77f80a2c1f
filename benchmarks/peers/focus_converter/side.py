"""P4: the FinOps Foundation's focus_converter on the same bill, the whole process.

It knows the CUR by the names of its legacy Athena tables, which CUR 2.0 shares but for those of
commitments: these stay empty. Source columns are left out, as they are on our side.
"""

import subprocess
from pathlib import Path

from peers.environments import python_of
from product.convert_focus import focus_answer
from sides import Clock, Given, Sample


def measure(given: Given) -> Sample:
    python = python_of("focus_converter")
    # The first start of a fresh environment also writes byte code.
    _convert(python, given.tiny, Path(given.scratch) / "tiny")
    to = Path(given.scratch) / "focus"
    with Clock() as clock:
        _convert(python, given.bill, to)
    costs, facts = focus_answer(f"{to}/*.parquet")
    return clock.sample(given.rows, {"lines": facts["lines"]} | costs, **facts)


def _convert(python: Path, bill: str, to: Path) -> None:
    to.mkdir()
    command = [python, "-m", "focus_converter.main", "convert", "--provider", "aws"]
    command += ["--data-format", "parquet", "--parquet-data-format", "dataset"]
    command += ["--no-export-include-source-columns", "--data-path", bill, "--export-path", to]
    subprocess.run(command, check=True, capture_output=True)
