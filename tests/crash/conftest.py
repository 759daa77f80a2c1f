"""How often and from which seed things die."""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from finops_sandbox.supervisor import Progress


@pytest.fixture
def points() -> int:
    """How many times something dies in all scenarios together: CRASHES of the environment."""
    return int(os.environ.get("CRASHES", "25"))


def share_of_roles(points: int) -> int:
    """Of 25 points 17 fall among role changes, the rest among imports."""
    return -(-points * 17 // 25)


@pytest.fixture
def seed() -> int:
    """CRASH_SEED of the environment, or a new one; printed, so that a failure can be repeated."""
    chosen = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(2**32))
    print(f"CRASH_SEED={chosen}")  # noqa: T201 - shown with a failure
    return chosen


@pytest.fixture
def progress() -> Progress:
    """Prints what happened when."""
    began = time.monotonic()
    return lambda line: print(f"{time.monotonic() - began:6.1f} s  {line}")  # noqa: T201 - the same


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """For a stack of our own, whatever the environment names; every user can pass through it."""
    for name in ("POSTGRES_URL", "KAFKA_BROKERS", "S3_URL", "SMTP_URL"):
        monkeypatch.delenv(f"FINOPS_{name}", raising=False)
    path = Path(tempfile.mkdtemp(prefix="finops-crash-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)
