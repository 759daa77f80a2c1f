"""The pytest plugin: one stack per run, a cloned database and a topic prefix per xdist worker."""

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
import structlog

from finops_common.testing.databases import Databases
from finops_sandbox.environment import service_keys
from finops_sandbox.stack import Stack, ensure_stack, stop_stack

_DIR = "FINOPS_TEST_DIR"
_OWNER = "FINOPS_TEST_OWNER"


def pytest_configure(config: pytest.Config) -> None:
    """The controlling process names the run's folder; its workers inherit it."""
    # structlog's own default draws a traceback with every local in it: half a second each.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])
    if not hasattr(config, "workerinput") and _DIR not in os.environ:
        # Not mkdtemp: PostgreSQL runs as `nobody` under root and must reach its data.
        folder = Path(tempfile.gettempdir()) / f"finops-test-{os.getpid()}-{secrets.token_hex(3)}"
        folder.mkdir(mode=0o755)
        os.environ[_DIR] = str(folder)
        os.environ[_OWNER] = str(os.getpid())


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name what failed at once: a run that is cut off tells nothing at its end."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        # The last error of a chain, from its first line: an assertion's other lines are its diff.
        *_, told = "", *(text for marked, text in _paragraphs(report.longreprtext) if marked)
        sys.stdout.write(f"\n{report.nodeid} ({report.when}): {told[:900]}\n")


def _paragraphs(report: str) -> Iterator[tuple[bool, str]]:
    """Lines that belong together, and whether they tell of an error."""
    for marked, lines in groupby(report.splitlines(), lambda line: line.startswith("E  ")):
        yield marked, " ".join(line.removeprefix("E").strip() for line in lines)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the stack with the run."""
    if not hasattr(config, "workerinput") and os.environ.get(_OWNER) == str(os.getpid()):
        folder = Path(os.environ.pop(_DIR))
        stop_stack(folder / "stack")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """A folder of this test run, shared by its workers."""
    return Path(os.environ[_DIR])


@pytest.fixture(scope="session")
def stack(run_folder: Path) -> Stack:
    """The local stack, started by whoever needs it first."""
    return ensure_stack(run_folder / "stack", owner_pid=int(os.environ[_OWNER]))


@pytest.fixture(scope="session")
def keys(run_folder: Path) -> dict[str, str]:
    """Service keys, as environment variables."""
    return service_keys(run_folder)


@pytest.fixture(scope="session")
def topic_prefix(worker_id: str) -> str:
    """Before the names of this worker's topics."""
    return f"{worker_id}-{secrets.token_hex(2)}."


@pytest.fixture(scope="session")
def databases(stack: Stack, run_folder: Path, worker_id: str) -> Databases:
    """Makes this worker's databases."""
    return Databases(stack.postgres_url or "", run_folder, worker_id)
