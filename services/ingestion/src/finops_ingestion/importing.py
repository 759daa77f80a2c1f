"""Builds what imports and cost queries are made of, and what their worker runs."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from finops_common.blobs import Blobs, open_blobs
from finops_common.db.transaction import Database
from finops_common.jobs import JobRunner
from finops_common.worker import Task, every
from finops_ingestion.accounts.changes import collect
from finops_ingestion.costs.bridge.service import BridgeService
from finops_ingestion.costs.currencies.service import RateService
from finops_ingestion.costs.engine import DuckEngine
from finops_ingestion.costs.exports.service import ExportService
from finops_ingestion.costs.groups.applying import GroupRules
from finops_ingestion.costs.groups.service import CostGroupService
from finops_ingestion.costs.line_items.service import LineItemService
from finops_ingestion.costs.overview.service import OverviewService
from finops_ingestion.costs.reading import StandingBills
from finops_ingestion.costs.search.service import SearchService
from finops_ingestion.costs.service import CostService
from finops_ingestion.costs.tags.service import TagService
from finops_ingestion.imports.adapters import OpenBucket, RecordTopic, SubprocessReader
from finops_ingestion.imports.looking import LOOK, Looking
from finops_ingestion.imports.publishing import Publisher
from finops_ingestion.imports.queueing import KIND
from finops_ingestion.imports.revisions import RevisionService
from finops_ingestion.imports.running import ImportRunner
from finops_ingestion.imports.service import ImportService
from finops_ingestion.imports.spooling import Spool
from finops_ingestion.imports.sweeping import Sweeper
from finops_ingestion.lake.wiring import LakeParts, lake_parts
from finops_ingestion.settings import Settings

SWEEP_S = 600.0
EXPORT_MEMORY_MB = 128


@dataclass(frozen=True)
class Importing:
    """Use cases of imports and costs; `records` is started by who runs imports."""

    imports: ImportService
    revisions: RevisionService
    costs: CostService
    line_items: LineItemService
    tags: TagService
    bridges: BridgeService
    cost_groups: CostGroupService
    exchange_rates: RateService
    exports: ExportService
    searching: SearchService
    overviews: OverviewService
    standing: StandingBills
    looking: Looking
    records: RecordTopic
    runner: ImportRunner
    sweeper: Sweeper
    lake: LakeParts


@asynccontextmanager
async def importing(
    settings: Settings, database: Database, open_bucket: OpenBucket
) -> AsyncIterator[Importing]:
    """Everything about imports, wired; closed at the end. Connects to nothing before first use."""
    engine = DuckEngine()
    # Of its own, and small: exports are read for as long as somebody takes them.
    export_engine = DuckEngine(EXPORT_MEMORY_MB, threads=1)
    try:
        async with (
            open_blobs(settings.blobs_url, settings.blobs_cache) as blobs,
            lake_parts(settings, database, blobs) as lake,
        ):
            records = RecordTopic(settings.kafka_brokers, settings.topic_prefix)
            revisions = RevisionService(database, blobs)
            standing = StandingBills(revisions, blobs, engine)
            rules, rates = GroupRules(database), RateService(database)
            costs = CostService(standing, rules, rates)
            publisher = Publisher(database, blobs, records)
            every = timedelta(seconds=settings.look_every_s)
            yield Importing(
                imports=ImportService(database, blobs),
                revisions=revisions,
                costs=costs,
                line_items=LineItemService(standing, rules),
                tags=TagService(standing, rules),
                bridges=BridgeService(standing, rules),
                cost_groups=CostGroupService(database, standing),
                exchange_rates=rates,
                exports=ExportService(database, costs, standing, rules, export_engine),
                searching=SearchService(database, standing),
                overviews=OverviewService(database, standing),
                standing=standing,
                looking=Looking(database, open_bucket, every=every),
                records=records,
                runner=_runner(settings, database, blobs, publisher, open_bucket),
                sweeper=Sweeper(database, blobs, publisher, settings.spool),
                lake=lake,
            )
    finally:
        engine.close()
        export_engine.close()


def _runner(
    settings: Settings,
    database: Database,
    blobs: Blobs,
    publisher: Publisher,
    open_bucket: OpenBucket,
) -> ImportRunner:
    return ImportRunner(
        database,
        blobs,
        publisher,
        SubprocessReader(),
        open_bucket,
        collect,
        spool=Spool(settings.spool, settings.spool_limit_mb),
        memory_mb=settings.import_memory_mb,
        threads=settings.import_threads,
    )


def import_tasks(parts: Importing, database: Database, settings: Settings) -> Mapping[str, Task]:
    """What the worker runs for imports; `parts.records` must be started."""
    looks = JobRunner(database, {LOOK: parts.looking.look})
    # One after another within a runner: a look never waits for an import.
    runners = {
        f"imports-{number}": JobRunner(
            database, {KIND: parts.runner.run}, per_lane=settings.imports_per_organization
        ).run
        for number in range(1, settings.imports_at_once + 1)
    }
    due = every(settings.looks_poll_s, parts.looking.queue_due)
    sweep = every(SWEEP_S, parts.sweeper.sweep)
    lake = parts.lake.tasks(settings)
    return {"looks": looks.run, "due-looks": due, "sweep-imports": sweep, **runners, **lake}
