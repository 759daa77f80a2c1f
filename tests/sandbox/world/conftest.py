from datetime import UTC, datetime

import pytest

from finops_sandbox.world import World, build_world

NOW = datetime(2026, 11, 6, 10, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    """Two months: a closed one and the open one."""
    return build_world(7, NOW, months=2)
