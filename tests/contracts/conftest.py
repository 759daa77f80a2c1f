"""A house of its own with all services, so that other tests' stand-ins meet no real one."""

from collections.abc import AsyncIterator

import pytest

from finops_common.testing.databases import Databases
from finops_common.testing.services import House
from finops_sandbox.documents import services
from finops_sandbox.stack import Stack


@pytest.fixture(scope="session")
async def whole(
    stack: Stack, databases: Databases, keys: dict[str, str], topic_prefix: str
) -> AsyncIterator[House]:
    """Every service there is, real and wired to the others."""
    house = House(stack, databases, keys, f"{topic_prefix}whole.")
    for service in services():
        await house.start(service)
    yield house
    await house.stop()
