"""P13: the same rows by a library, from Python's own types as its users have them."""

import pickle
import subprocess
from pathlib import Path

from peers.environments import python_of
from product.xlsx import ROWS, SCHEMA, a_table, told
from sides import Given, Sample


def written(given: Given, library: str) -> Sample:
    """The table by the library, in its own environment."""
    rows, file = Path(given.scratch) / "rows.pickle", Path(given.scratch) / f"{library}.xlsx"
    columns = [column.to_pylist() for column in a_table().columns]
    columns[2] = [each.replace(tzinfo=None) for each in columns[2]]
    table = [SCHEMA.names, *(list(row) for row in zip(*columns, strict=True))]
    rows.write_bytes(pickle.dumps(table))
    command = [python_of("xlsx"), Path(__file__).with_name("write.py"), library, rows, file]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, cpu = map(float, done.stdout.split())
    facts = {"mb": file.stat().st_size / 1e6}
    return Sample({"rate": ROWS / wall}, told(file), wall, cpu, facts)
