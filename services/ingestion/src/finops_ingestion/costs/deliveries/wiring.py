"""Builds deliveries: their use cases, and what the worker runs for them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from finops_common.db.transaction import Database
from finops_common.jobs import JobRunner
from finops_common.sealing import Sealer
from finops_common.worker import Task, every
from finops_ingestion.connections.adapters.aws import Aws
from finops_ingestion.costs.deliveries.adapters import S3Destinations
from finops_ingestion.costs.deliveries.opening import Opening
from finops_ingestion.costs.deliveries.queueing import KIND
from finops_ingestion.costs.deliveries.running import DeliveryRunner, DueDeliveries
from finops_ingestion.costs.deliveries.service import DeliveryService
from finops_ingestion.costs.engine import DuckEngine
from finops_ingestion.costs.reading import StandingBills
from finops_ingestion.settings import Settings

MEMORY_MB = 256


@dataclass(frozen=True)
class DeliveryParts:
    """Use cases of deliveries, and what does their runs."""

    service: DeliveryService
    due: DueDeliveries
    runner: DeliveryRunner

    def tasks(self, database: Database, settings: Settings) -> Mapping[str, Task]:
        """A company's deliveries run one after another; those of others meanwhile take turns."""
        return {
            "deliveries": JobRunner(database, {KIND: self.runner.run}, per_lane=1).run,
            "due-deliveries": every(settings.deliveries_poll_s, self.due.queue_due),
        }


@asynccontextmanager
async def delivery_parts(
    settings: Settings, database: Database, sealer: Sealer, aws: Aws, bills: StandingBills
) -> AsyncIterator[DeliveryParts]:
    """Everything about deliveries, wired; closed at the end. Connects to nothing before first use."""
    opening = Opening(database, sealer, S3Destinations(aws))
    # Of its own: files are written for minutes, and nobody's question should wait for that.
    engine = DuckEngine(MEMORY_MB, threads=1)
    try:
        yield DeliveryParts(
            DeliveryService(database, opening, settings.aws_platform_principal),
            DueDeliveries(database),
            DeliveryRunner(database, opening, bills, engine, settings.spool),
        )
    finally:
        engine.close()
