"""What the demo customer runs: steady, seasonal, growing, shrinking and nightly workloads."""

from datetime import date

from finops_sandbox.world.chance import token
from finops_sandbox.world.curves import OFFICE_HOURS, WEB_TRAFFIC
from finops_sandbox.world.model import Curve, Workload, month_start, months_before
from finops_sandbox.world.skus import ec2, other, spot

_NIGHT = (0, 1000, 1000, 1000) + (0,) * 20
_PROD = {"team": "storefront", "env": "prod"}
_DEV = {"team": "storefront", "env": "dev"}
_DATA = {"team": "analytics", "env": "prod"}
_FARGATE = ("AWS Fargate", "Compute")
_LAMBDA = ("AWS Lambda", "Serverless")


def workloads(seed: int, ids: dict[str, str], base: date) -> tuple[Workload, ...]:
    """Every workload of the customer; dates count from the anchor month `base`."""
    return (
        *_shop_instances(ids),
        *_other_instances(seed, ids, base),
        *_serverless(ids),
        *_databases(ids),
        *_storage_and_network(ids),
    )


def _shop_instances(ids: dict[str, str]) -> tuple[Workload, ...]:
    shop, dev = ids["shop-production"], ids["shop-development"]
    web = Curve(base=20_000, day=WEB_TRAFFIC, weekend=850, noise=60)
    return (
        Workload("web-large", shop, ec2("m5.large", "us-east-1"), web, "us-east-1a", tags=_PROD),
        Workload(
            *("web-xlarge", shop, ec2("m5.xlarge", "us-east-1")),
            *(Curve(base=2600, day=WEB_TRAFFIC, noise=80), "us-east-1b"),
            tags=_PROD,
        ),
        Workload(
            *("api", shop, ec2("c5.xlarge", "us-east-1")),
            *(Curve(base=6500, day=WEB_TRAFFIC, monthly_drift=25, noise=50), "us-east-1b"),
            tags={"team": "api", "env": "prod"},
        ),
        Workload(
            *("erp-windows", shop, ec2("m5.xlarge", "eu-west-1", "Windows")),
            *(Curve(base=2300, day=WEB_TRAFFIC), "eu-west-1a"),
            tags={"team": "erp", "env": "prod"},
        ),
        Workload(
            *("dev-large", dev, ec2("m5.large", "us-east-1")),
            *(Curve(base=3000, day=OFFICE_HOURS, weekend=0, noise=200), "us-east-1a"),
            tags=_DEV,
        ),
    )


def _other_instances(seed: int, ids: dict[str, str], base: date) -> tuple[Workload, ...]:
    shop, data, sandbox = ids["shop-production"], ids["data-platform"], ids["sandbox"]
    shutdown = month_start(months_before(base, 3))
    return (
        Workload(
            *("warehouse", data, ec2("r5.2xlarge", "us-west-2")),
            *(Curve(base=5000, step_at=shutdown, step=400), "us-west-2a"),
            tags=_DATA,
        ),
        # Steady and never committed to: what a first purchase can save on.
        Workload(
            *("search", data, ec2("c5.2xlarge", "us-west-2")),
            *(Curve(base=6000, noise=40), "us-west-2b"),
            tags={"team": "search", "env": "prod"},
        ),
        Workload(
            *("seoul-edge", shop, ec2("t3.medium", "ap-northeast-2")),
            *(Curve(base=2500, day=WEB_TRAFFIC), "ap-northeast-2a"),
            tags=_PROD,
        ),
        Workload(
            *("experiments", sandbox, ec2("m5.large", "us-east-1")),
            *(Curve(base=1000, day=OFFICE_HOURS, weekend=0), "us-east-1b"),
            resource_id=f"i-{token(seed, sandbox, 'experiments', length=17)}",
        ),
        Workload(
            *("nightly-batch", data, spot("m5.large", "us-west-2", "0.0351")),
            *(Curve(base=6000, day=_NIGHT, noise=150), "us-west-2b"),
            tags=_DATA,
            daily=True,
        ),
    )


def _serverless(ids: dict[str, str]) -> tuple[Workload, ...]:
    shop = ids["shop-production"]
    checkout = {"team": "checkout", "env": "prod"}
    vcpu = other(
        *("AmazonECS", _FARGATE, "Fargate-vCPU-Hours:perCPU", "FargateTask", "us-east-1"),
        *("hours", "0.04048", "fargate"),
    )
    memory = other(
        *("AmazonECS", _FARGATE, "Fargate-GB-Hours", "FargateTask", "us-east-1"),
        *("hours", "0.004445", "fargate"),
    )
    duration = other(
        *("AWSLambda", _LAMBDA, "Lambda-GB-Second", "Invoke", "us-east-1"),
        *("Lambda-GB-Second", "0.0000166667", "lambda-duration"),
    )
    requests = other(
        *("AWSLambda", _LAMBDA, "Request", "Invoke", "us-east-1"),
        *("Requests", "0.0000002", "lambda-requests"),
    )
    tasks = Curve(base=6000, day=OFFICE_HOURS, noise=120, quantum=250)
    ram = Curve(base=14000, day=OFFICE_HOURS, noise=120, quantum=500)
    return (
        Workload("checkout-vcpu", shop, vcpu, tasks, tags=checkout, late_hours=6),
        Workload("checkout-memory", shop, memory, ram, tags=checkout, late_hours=6),
        Workload(
            *("events-duration", shop, duration),
            Curve(base=9_000_000, day=OFFICE_HOURS, noise=150),
            resource_id=f"arn:aws:lambda:us-east-1:{shop}:function:events",
            tags=checkout,
        ),
        Workload(
            *("events-requests", shop, requests),
            Curve(base=180_000_000, day=OFFICE_HOURS, noise=150),
            resource_id=f"arn:aws:lambda:us-east-1:{shop}:function:events",
            tags=checkout,
        ),
    )


def _databases(ids: dict[str, str]) -> tuple[Workload, ...]:
    shop = ids["shop-production"]
    database = other(
        *("AmazonRDS", ("Amazon Relational Database Service", "Database Instance")),
        *("InstanceUsage:db.r5.large", "CreateDBInstance:0002", "us-east-1", "Hrs", "0.24"),
        pool="rds",
        instance_type="db.r5.large",
        engine="MySQL",
    )
    cache = other(
        *("AmazonElastiCache", ("Amazon ElastiCache", "Cache Instance")),
        *("NodeUsage:cache.m5.large", "CreateCacheCluster:0002", "us-east-1", "Hrs", "0.156"),
        pool="elasticache",
        instance_type="cache.m5.large",
        engine="Redis",
    )
    return (
        Workload(
            *("orders-db", shop, database, Curve(base=2000), "us-east-1a"),
            f"arn:aws:rds:us-east-1:{shop}:db:orders",
            tags=_PROD,
            daily=True,
        ),
        Workload(
            *("sessions-cache", shop, cache, Curve(base=3000), "us-east-1a"),
            f"arn:aws:elasticache:us-east-1:{shop}:cluster:sessions",
            tags=_PROD,
            daily=True,
        ),
    )


def _storage_and_network(ids: dict[str, str]) -> tuple[Workload, ...]:
    shop, data = ids["shop-production"], ids["data-platform"]
    bucket = other(
        *("AmazonS3", ("Amazon Simple Storage Service", "Storage")),
        *("TimedStorage-ByteHrs", "StandardStorage", "us-west-2", "GB-Mo", "0.023"),
    )
    disks = other(
        *("AmazonEC2", ("Amazon Elastic Compute Cloud", "Storage")),
        *("EBS:VolumeUsage.gp2", "CreateVolume-Gp2", "us-east-1", "GB-Mo", "0.1"),
    )
    transfer = other(
        *("AWSDataTransfer", ("AWS Data Transfer", "Data Transfer")),
        *("DataTransfer-Out-Bytes", "RunInstances", "us-east-1", "GB", "0.09"),
    )
    return (
        Workload(
            *("lake", data, bucket, Curve(base=12_000, monthly_drift=30, quantum=1), None),
            "hanbit-lake",
            tags=_DATA,
            daily=True,
        ),
        Workload(
            *("web-disks", shop, disks, Curve(base=1100, quantum=1)),
            resource_id="vol-0a1b2c3d4e5f60718",
            tags=_PROD,
            daily=True,
        ),
        Workload(
            *("web-egress", shop, transfer),
            Curve(base=7_000, day=WEB_TRAFFIC, noise=200, quantum=1),
            tags=_PROD,
            daily=True,
            late_hours=24,
        ),
    )
