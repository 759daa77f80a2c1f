"""What the worker runs for the lake."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from finops_common.blobs import Blobs
from finops_common.db.transaction import Database
from finops_common.worker import Task, every
from finops_ingestion.lake.adapters import IcebergLake
from finops_ingestion.lake.publishing import LakePublisher
from finops_ingestion.lake.upkeep import LakeUpkeep
from finops_ingestion.settings import Settings

UPKEEP_S = 600.0


@dataclass(frozen=True)
class LakeParts:
    """The use cases of the lake."""

    publisher: LakePublisher
    upkeep: LakeUpkeep

    def tasks(self, settings: Settings) -> Mapping[str, Task]:
        return {
            "lake": every(settings.lake_every_s, self.publisher.publish_next),
            "lake-upkeep": every(UPKEEP_S, self.upkeep.keep_next),
        }


@asynccontextmanager
async def lake_parts(
    settings: Settings, database: Database, blobs: Blobs
) -> AsyncIterator[LakeParts]:
    """Everything about the lake, wired; closed at the end. Connects to nothing before first use."""
    lake = IcebergLake(
        settings.database_url.get_secret_value(), f"{database.service}_system", settings.blobs_url
    )
    keep = timedelta(days=settings.lake_keep_days)
    try:
        yield LakeParts(
            LakePublisher(database, lake), LakeUpkeep(database, lake, blobs, settings.spool, keep)
        )
    finally:
        await lake.close()
