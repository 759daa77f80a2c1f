"""The rendered manifests that the tests of deploy/ look at."""

from pathlib import Path
from typing import Any

import pytest

from finops_sandbox.manifests.compose import compose

DEPLOY = Path(__file__).parents[2] / "deploy"
Json = dict[str, Any]


@pytest.fixture(scope="session")
def deploy() -> Path:
    return DEPLOY


@pytest.fixture(scope="session")
def base() -> list[Json]:
    return compose(DEPLOY / "k8s" / "base")


@pytest.fixture(scope="session", params=["dev", "production"])
def overlay(request: pytest.FixtureRequest) -> list[Json]:
    """What would be applied, once for each overlay."""
    return compose(DEPLOY / "k8s" / "overlays" / request.param)


@pytest.fixture(scope="session")
def production() -> list[Json]:
    return compose(DEPLOY / "k8s" / "overlays" / "production")
