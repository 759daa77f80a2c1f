"""Which usage some commitment could cover: the table of programs and what they take in.

Rules are tried in order, the first that fits decides. Usage types carry a region prefix
(`USW2-`, local zones two of them); Spot variants carry another prefix and so fit none.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Program(StrEnum):
    """A kind of commitment that can be bought."""

    RESERVED = "reserved"
    EC2_INSTANCE_SAVINGS_PLAN = "ec2_instance_savings_plan"
    COMPUTE_SAVINGS_PLAN = "compute_savings_plan"
    SAGEMAKER_SAVINGS_PLAN = "sagemaker_savings_plan"
    DATABASE_SAVINGS_PLAN = "database_savings_plan"
    AZURE_SAVINGS_PLAN = "azure_savings_plan"
    FLEXIBLE_CUD = "flexible_cud"
    CLOUD_SQL_CUD = "cloud_sql_cud"


RESERVED = frozenset({Program.RESERVED})
NONE: frozenset[Program] = frozenset()
COMPUTE = frozenset({Program.COMPUTE_SAVINGS_PLAN})
EC2 = COMPUTE | RESERVED | {Program.EC2_INSTANCE_SAVINGS_PLAN}
SAGEMAKER = frozenset({Program.SAGEMAKER_SAVINGS_PLAN})
DATABASE = frozenset({Program.DATABASE_SAVINGS_PLAN})
AZURE_COMPUTE = RESERVED | {Program.AZURE_SAVINGS_PLAN}
FLEXIBLE = frozenset({Program.FLEXIBLE_CUD})
GCP_COMPUTE = RESERVED | FLEXIBLE
CLOUD_SQL = frozenset({Program.CLOUD_SQL_CUD})


@dataclass(frozen=True, slots=True)
class Usage:
    """The columns of an hourly record that decide what could cover it."""

    provider: str
    service: str
    product_family: str | None
    usage_type: str | None
    operation: str | None
    instance_type: str | None
    platform: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """Usage of `services` whose usage type fits `usage_type` is covered by `programs`.

    `platform` narrows by operating system or engine, in lower case. From `newest_from` on (the
    generation in the instance type) `newest` is added: some programs take only new
    hardware. A usage without instance type (serverless) never counts as newest.
    `instances_only` speaks of usage with an instance type alone.
    """

    provider: str
    services: frozenset[str]
    usage_type: re.Pattern[str]
    programs: frozenset[Program]
    platform: str | None = None
    newest: frozenset[Program] = NONE
    newest_from: int = 7
    instances_only: bool = False

    def programs_for(self, usage: Usage) -> frozenset[Program] | None:
        """What could cover the usage; None where the rule does not speak of it."""
        if usage.provider != self.provider or usage.service not in self.services:
            return None
        if self.instances_only and usage.instance_type is None:
            return None
        meter = usage.usage_type or usage.product_family or ""
        if not self.usage_type.search(meter):
            return None
        if self.platform is not None and self.platform not in (usage.platform or "").lower():
            return None
        is_newest = generation(usage.instance_type) >= self.newest_from
        return self.programs | (self.newest if is_newest else NONE)


def generation(instance_type: str | None) -> int:
    """The hardware generation in an instance type (db.r7g.large: 7); 0 where it has none."""
    parts = (instance_type or "").split(".")
    family = parts[1] if parts[0] in {"db", "cache", "dms", "ml"} and len(parts) > 1 else parts[0]
    found = re.match(r"[a-z]+(\d+)", family)
    return int(found[1]) if found else 0


def _aws(
    services: str,
    usage_type: str,
    programs: frozenset[Program],
    platform: str | None = None,
    newest: frozenset[Program] = NONE,
) -> Rule:
    pattern = re.compile(rf"^(?:[A-Z0-9]+-)*(?:{usage_type})")
    return Rule("AWS", frozenset(services.split("|")), pattern, programs, platform, newest)


def _other(provider: str, services: str, meter: str, programs: frozenset[Program]) -> Rule:
    return Rule(provider, frozenset(services.split("|")), re.compile(meter), programs)


def _named(
    provider: str,
    services: str,
    programs: frozenset[Program],
    newest: frozenset[Program] = NONE,
) -> Rule:
    """Instances of a FOCUS file that gives a meter's name in place of a usage type."""
    known = frozenset(services.split("|"))
    return Rule(provider, known, _METER_NAME, programs, newest=newest, instances_only=True)


_METER_NAME = re.compile(
    r"^(?:Compute|Compute Usage|Database|Virtual Machines|Relational Databases)$"
)

# Service codes as the CUR writes them, then names as FOCUS exports write them.
_EC2 = "AmazonEC2|Amazon Elastic Compute Cloud|Amazon Elastic Compute Cloud - Compute"
_CONTAINERS = "AmazonECS|AmazonEKS|Amazon Elastic Container Service|Amazon Elastic Container Service for Kubernetes"
_LAMBDA = "AWSLambda|AWS Lambda"
_SAGEMAKER = "AmazonSageMaker|Amazon SageMaker"
_RDS = "AmazonRDS|Amazon Relational Database Service"
_CACHE = "AmazonElastiCache|Amazon ElastiCache"
_SEARCH = "AmazonES|Amazon OpenSearch Service"
_DYNAMO = "AmazonDynamoDB|Amazon DynamoDB"
_DOCDB = "AmazonDocDB|Amazon DocumentDB (with MongoDB compatibility)"
_NEPTUNE = "AmazonNeptune|Amazon Neptune"
_KEYSPACES = "AmazonMCS|Amazon Keyspaces (for Apache Cassandra)"
_TIMESTREAM = "AmazonTimestream|Amazon Timestream"
_DMS = "AWSDatabaseMigrationSvc|AWS Database Migration Service"

_DB_INSTANCE = r"(?:InstanceUsage|Multi-AZUsage|Multi-AZClusterUsage)(?:IOOptimized)?:"
_REQUESTS = r"(?:Read|Write)RequestUnits"

RULES: tuple[Rule, ...] = (
    # Dedicated hosts and unused capacity reservations run up the same hours.
    _aws(_EC2, r"(?:BoxUsage|DedicatedUsage|HostBoxUsage|HostUsage|UnusedBox|UnusedDed|ReservedHostUsage)(?::|$)", EC2),
    _aws(_CONTAINERS, r"Fargate-(?:ARM-|Windows-)?(?:vCPU|GB)-Hours", COMPUTE),
    # Requests are in the plan at no discount: they use commitment, and save nothing.
    _aws(_LAMBDA, r"(?:Lambda-(?:Provisioned-)?(?:GB-Second|Concurrency)|Request)(?:-ARM)?$", COMPUTE),
    _aws(_SAGEMAKER, r"(?!Spot)[A-Za-z]+(?:-[A-Za-z]+)*:ml\.", SAGEMAKER),
    _aws(_RDS, _DB_INSTANCE, RESERVED, newest=DATABASE),
    _aws(_RDS, r"Aurora:ServerlessV2(?:IOOptimized)?Usage", DATABASE),
    _aws(_CACHE, r"NodeUsage:", RESERVED, "valkey", DATABASE),
    _aws(_CACHE, r"NodeUsage:", RESERVED),
    _aws(_CACHE, r"ElastiCache:Serverless", DATABASE, "valkey"),
    _aws(_SEARCH, r"ESInstance:", RESERVED),
    _aws("AmazonRedshift|Amazon Redshift", r"(?:Node|NodeUsage):", RESERVED),
    _aws("AmazonMemoryDB|Amazon MemoryDB", r"NodeUsage:", RESERVED),
    _aws(_DYNAMO, r"(?:Read|Write)CapacityUnit-Hrs", RESERVED | DATABASE),
    _aws(_DYNAMO, _REQUESTS, DATABASE),
    _aws(_KEYSPACES, rf"{_REQUESTS}|(?:Read|Write)CapacityUnit-Hrs", DATABASE),
    _aws(_DOCDB, _DB_INSTANCE, NONE, newest=DATABASE),
    _aws(_NEPTUNE, _DB_INSTANCE, NONE, newest=DATABASE),
    _aws(_NEPTUNE, r"ServerlessUsage", DATABASE),
    _aws(_TIMESTREAM, _DB_INSTANCE, NONE, newest=DATABASE),
    _aws(_DMS, r"(?:InstanceUsg|Multi-AZUsg):", NONE, newest=DATABASE),
    _other("Microsoft", "Virtual Machines|Virtual Machine Scale Sets", r"^(?!.*(?:Spot|Low Priority))", AZURE_COMPUTE),
    _other("Microsoft", "SQL Database|Azure SQL Database|Azure Cosmos DB|Azure Database for PostgreSQL", r"vCore|RU", RESERVED),
    _other("Google Cloud", "Compute Engine", r"^(?!.*(?:Spot|Preemptible)).*(?:Core|Ram)\b", GCP_COMPUTE),
    # In flexible CUDs since September 2025.
    _other("Google Cloud", "Cloud Run", r"\b(?:CPU|Memory)\b", FLEXIBLE),
    _other("Google Cloud", "Kubernetes Engine", r"^(?!.*Spot).*Autopilot.*(?:mCPU|Memory) Requests", FLEXIBLE),
    _other("Google Cloud", "Cloud SQL", r"\b(?:vCPU|RAM)\b", CLOUD_SQL),
    _named("AWS", _EC2, EC2),
    _named("AWS", _RDS, RESERVED, DATABASE),
    _named("Microsoft", "Azure SQL Database", RESERVED),
    _named("Google Cloud", "Compute Engine", GCP_COMPUTE),
    _named("Google Cloud", "Cloud SQL", CLOUD_SQL),
)  # fmt: skip


def eligible_programs(usage: Usage) -> frozenset[Program]:
    """The programs that could cover the usage; empty where nothing could."""
    decided = (rule.programs_for(usage) for rule in RULES)
    return next((programs for programs in decided if programs is not None), NONE)
