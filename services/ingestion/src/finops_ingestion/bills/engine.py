"""The DuckDB a conversion runs in: bounded memory, times in UTC, nothing fetched from outside."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from finops_ingestion.bills.cells import MACROS


@dataclass(frozen=True, slots=True)
class Limits:
    """What one conversion may use: `memory` of DuckDB ("700MB"), threads, spill directory.

    `most_spilled` ("2GB") bounds what lies there; None: nine tenths of what is free.
    """

    memory: str = "700MB"
    threads: int = 2
    spill: Path | None = None
    most_spilled: str | None = None


@contextmanager
def engine(limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own with our macros; its spilled data goes away with it."""
    with tempfile.TemporaryDirectory(dir=limits.spill, prefix="finops-convert-") as spill:
        connection = duckdb.connect(
            config={
                "memory_limit": limits.memory,
                "threads": limits.threads,
                "temp_directory": spill,
                "autoinstall_known_extensions": False,
                "preserve_insertion_order": False,
            }
        )
        try:
            if limits.most_spilled:
                connection.execute(f"SET max_temp_directory_size = '{limits.most_spilled}'")
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(MACROS)
            yield connection
        finally:
            connection.close()


@contextmanager
def in_file_order(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Rows come as files have them: needed to count them, and slower."""
    connection.execute("SET preserve_insertion_order = true")
    try:
        yield
    finally:
        connection.execute("SET preserve_insertion_order = false")
