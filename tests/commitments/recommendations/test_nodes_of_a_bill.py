"""From a bill of the simulated AWS with databases and caches, and its price list, to what to reserve."""

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from tests.commitments.recommendations.test_nodes import PLAIN, a_node
from tests.commitments.recommendations.test_reservations import counts

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.offers.packing import packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import ahead_of
from finops_commitments.recommendations.portfolios import solve
from finops_sandbox.world import build_world
from finops_sandbox.world.databases import with_databases
from finops_sandbox.world.nodes import node_prices
from finops_sandbox.world.publish import FolderStore, publish

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC)
SERVICES = {"rds": "AmazonRDS", "elasticache": "AmazonElastiCache"}


@pytest.mark.req("COM-41", part="databases and caches of a bill, at the prices of a list")
def test_the_databases_and_caches_of_a_bill_are_reserved_in_whole_nodes(tmp_path: Path) -> None:
    world = with_databases(build_world(7, UNTIL, months=1))
    publish(world, world.months[-1], None, "cur2", FolderStore(tmp_path / "bills"))
    files = [str(each) for each in (tmp_path / "bills").rglob("*.parquet")]
    convert = ["convert", *files, "--to", str(tmp_path), "--as-of", "2026-11-11T00:00:00Z"]
    subprocess.run([sys.executable, "-m", "finops_ingestion", *convert], check=True)  # noqa: S603 -- our own command
    offered = [
        a_node(
            *(SERVICES[each.service], each.instance_type.partition(".")[2], str(rate)),
            *(each.engine,),
            region=each.region,
            payment_option="No Upfront",
            deployment="multi_az" if each.multi_az else None,
        )
        for each in node_prices()
        if each.service in SERVICES
        for (term, payment), rate in each.reserved.items()
        if (term, payment) == ("1yr", "No Upfront")
    ]
    payer = world.payer.id
    prices = StoredPrices("AWS", payer, uuid4(), UNTIL, packed([]), packed(offered))

    with HourlyRecords.from_parquet(sorted(tmp_path.glob("hourly/*/*.parquet"))) as records:
        ahead = ahead_of(records, prices, Family(payer, "USD"), (), SINCE, UNTIL)
    assert ahead is not None
    found = solve(ahead, PLAIN)

    name = "reserved_instance/us-east-1/{}/1/No Upfront"
    assert counts(found) == {
        name.format("db.m5.large/mysql"): 6,
        name.format("cache.m5.large/redis"): 3,
        name.format("cache.r7g.large/valkey"): 2,
    }
    # 30 % of six databases, and the public prices of the caches.
    saved = Decimal("0.0513") * 6 + Decimal("0.05") * 3 + Decimal("0.056") * 2
    assert abs(found.outcome.monthly_savings - saved * 730) < Decimal("0.00001")
    assert found.outcome.monthly_on_demand_after == 0
