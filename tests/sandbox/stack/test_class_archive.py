"""Kafka starts faster with its classes mapped: recorded once, and only by a run that ended well."""

import sys
from pathlib import Path

import pytest

from finops_sandbox.kafka import ENDED_BY_SIGTERM, ClassArchive
from finops_sandbox.kafka_jars import jar_folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    jar_folder().mkdir(parents=True)
    return jar_folder()


def test_the_first_run_records_and_later_ones_map_what_it_recorded(
    cache: Path, tmp_path: Path
) -> None:
    first = ClassArchive(tmp_path / "classes.jsa")
    asked = first.option(sys.executable)
    first.recorded.write_bytes(b"classes")

    first.keep(ENDED_BY_SIGTERM)

    (kept,) = cache.iterdir()
    assert asked == f"-XX:ArchiveClassesAtExit={first.recorded}"
    assert kept.read_bytes() == b"classes"
    assert ClassArchive(tmp_path / "x").option(sys.executable) == f"-XX:SharedArchiveFile={kept}"


def test_what_a_killed_run_recorded_in_part_is_never_mapped(cache: Path, tmp_path: Path) -> None:
    killed = ClassArchive(tmp_path / "classes.jsa")
    killed.option(sys.executable)
    killed.recorded.write_bytes(b"half")

    killed.keep(-9)

    assert list(cache.iterdir()) == []
