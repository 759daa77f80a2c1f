"""Databases and caches that are billed by the hour, as AWS bills them, for worlds that ask for some.

The demo's own are billed by the day, so that its bills have both.
"""

from dataclasses import replace

from finops_sandbox.world.model import Curve, Workload, World
from finops_sandbox.world.nodes import node_price
from finops_sandbox.world.skus import Sku, other

_TAGS = {"team": "catalogue", "env": "prod"}


def with_databases(world: World) -> World:
    """The same customer with MySQL, Redis and Valkey in Virginia, that run all day."""
    shop = world.account("shop-production").id
    runs = (
        ("catalogue-db", _database("db.m5.large"), 4),
        ("reports-db", _database("db.m5.xlarge"), 1),
        ("catalogue-cache", _cache("cache.m5.large", "Redis", "CreateCacheCluster:0002"), 3),
        ("basket-cache", _cache("cache.r7g.large", "Valkey", "CreateCacheCluster:Valkey"), 2),
    )
    # No season takes a whole node away.
    added = tuple(
        Workload(name, shop, sku, Curve(base=1000 * count), "us-east-1a", tags=_TAGS)
        for name, sku, count in runs
    )
    return replace(world, workloads=(*world.workloads, *added))


def _database(instance_type: str) -> Sku:
    price = node_price("rds", instance_type, "us-east-1", "mysql")
    return other(
        *("AmazonRDS", ("Amazon Relational Database Service", "Database Instance")),
        *(f"InstanceUsage:{instance_type}", "CreateDBInstance:0002", "us-east-1", "Hrs"),
        f"{price.on_demand}",
        pool="rds",
        instance_type=instance_type,
        engine="MySQL",
    )


def _cache(instance_type: str, engine: str, operation: str) -> Sku:
    price = node_price("elasticache", instance_type, "us-east-1", engine.lower())
    return other(
        *("AmazonElastiCache", ("Amazon ElastiCache", "Cache Instance")),
        *(f"NodeUsage:{instance_type}", operation, "us-east-1", "Hrs"),
        f"{price.on_demand}",
        pool="elasticache",
        instance_type=instance_type,
        engine=engine,
    )
