"""`python -m finops_ingestion lake rebuild ORGANIZATION PERIOD`, for who operates the lake."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from finops_common.contracts.ingestion import CostTotal
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.settings import SettingsError
from finops_ingestion.lake.adapters import IcebergLake
from finops_ingestion.lake.publishing import LakePublisher
from finops_ingestion.settings import Settings


def run(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Register a period's files anew; 1 when its lines do not sum up to what the revisions say."""
    parser = argparse.ArgumentParser(prog="finops_ingestion lake")
    commands = parser.add_subparsers(dest="command", required=True)
    rebuild = commands.add_parser("rebuild", help="make a period's tables from its revisions again")
    rebuild.add_argument("organization", type=UUID)
    rebuild.add_argument("period", type=_month, metavar="YYYY-MM")
    chosen = parser.parse_args(arguments)
    try:
        settings = Settings.from_environment("INGESTION_", environ)
    except SettingsError as error:
        print(f"ingestion: {error}", file=sys.stderr)
        return 2
    told, found = asyncio.run(_rebuild(settings, chosen.organization, chosen.period))
    for who, totals in (("revisions", told), ("lines", found)):
        for total in totals:
            print(f"{who}: {total.currency} {total.effective_cost} effective")
    return 0 if told == found else 1


async def _rebuild(
    settings: Settings, organization_id: UUID, period: date
) -> tuple[tuple[CostTotal, ...], tuple[CostTotal, ...]]:
    """What the revisions say, and what the table's lines sum up to."""
    url = settings.database_url.get_secret_value()
    engine = create_engine(url, name="ingestion-lake", pool_size=1)
    lake = IcebergLake(url, "ingestion_system", settings.blobs_url)
    try:
        publisher = LakePublisher(Database(engine, "ingestion"), lake)
        month = await publisher.publish(organization_id, period, anew=True)
        tables = await lake.open(organization_id)
        return month.totals, await asyncio.to_thread(tables.totals, period)
    finally:
        await lake.close()
        await engine.dispose()


def _month(text: str) -> date:
    return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
