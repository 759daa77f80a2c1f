"""Connections as they would be made at another time."""

from collections.abc import Callable
from datetime import datetime

import pytest

from finops_common.db.transaction import Database
from finops_common.testing.services import Running
from finops_ingestion.connections.adapters.aws import Aws, Session
from finops_ingestion.connections.service import ConnectionService
from finops_ingestion.wiring import other_clouds
from finops_sandbox.aws.identities import PLATFORM
from finops_sandbox.aws.served import ServedSimulator


class NotedAws(Aws):
    """The real thing, which keeps account of the accounts it has asked for a session."""

    def __init__(self, url: str) -> None:
        super().__init__("us-east-1", url, PLATFORM.access_key, PLATFORM.secret)
        self.asked: list[str] = []

    async def assume(self, role_arn: str, external_id: str | None) -> Session | None:
        self.asked.append(role_arn.split(":")[4])
        return await super().assume(role_arn, external_id)


@pytest.fixture
def aws(simulator: ServedSimulator) -> NotedAws:
    """What the connections `at` another time ask."""
    return NotedAws(simulator.url)


@pytest.fixture
def at(ingestion: Running, aws: NotedAws) -> Callable[[datetime], ConnectionService]:
    """The use cases of connections as the worker would have them then."""

    def make(now: datetime) -> ConnectionService:
        database = Database(ingestion.database.engine, "ingestion", lambda: now)
        shared = ingestion.server.config.app.state.essentials  # type: ignore[union-attr] # an app
        others = other_clouds(shared.settings, shared)
        return ConnectionService(database, shared.sealer, aws, others)

    return make
