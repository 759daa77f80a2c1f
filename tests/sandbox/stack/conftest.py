import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from finops_sandbox.supervisor import RunningStack, running_stack


@contextmanager
def a_folder() -> Iterator[Path]:
    """A folder that every user can pass through, unlike tmp_path, which is closed to nobody."""
    path = Path(tempfile.mkdtemp(prefix="finops-stack-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    with a_folder() as path:
        yield path


ELSEWHERE = (
    "FINOPS_POSTGRES_URL",
    "FINOPS_KAFKA_BROKERS",
    "FINOPS_S3_URL",
    "FINOPS_SMTP_URL",
)


@pytest.fixture(scope="session")
def no_parts_elsewhere() -> Iterator[None]:
    """Whatever the run's own environment names, these tests start their parts themselves."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ELSEWHERE:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
async def own_postgres(no_parts_elsewhere: None) -> AsyncIterator[RunningStack]:
    with a_folder() as path:
        async with running_stack(path, ["postgres"], fast=True) as running:
            yield running


@pytest.fixture(scope="session")
async def own_kafka(no_parts_elsewhere: None) -> AsyncIterator[RunningStack]:
    with a_folder() as path:
        async with running_stack(path, ["kafka"], fast=True) as running:
            yield running
