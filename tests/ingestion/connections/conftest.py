"""Connections as they would be made at another time."""

from collections.abc import Callable
from datetime import datetime

import pytest

from finops_common.db.transaction import Database
from finops_common.testing.services import Running
from finops_ingestion.connections.adapters.aws import Aws
from finops_ingestion.connections.service import ConnectionService
from finops_ingestion.wiring import other_clouds
from finops_sandbox.aws.served import PLATFORM, ServedSimulator


@pytest.fixture
def at(ingestion: Running, simulator: ServedSimulator) -> Callable[[datetime], ConnectionService]:
    """The use cases of connections as the worker would have them then."""

    def make(now: datetime) -> ConnectionService:
        database = Database(ingestion.database.engine, "ingestion", lambda: now)
        shared = ingestion.server.config.app.state.essentials  # type: ignore[union-attr] # an app
        aws = Aws("us-east-1", simulator.url, PLATFORM.access_key, PLATFORM.secret)
        others = other_clouds(shared.settings, shared)
        return ConnectionService(database, shared.sealer, aws, others)

    return make
