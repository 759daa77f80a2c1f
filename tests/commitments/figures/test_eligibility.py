"""Which usage counts as eligible, and for which program."""

import pytest

from finops_commitments.figures.eligibility import Program, Usage, eligible_programs, generation

COMPUTE = Program.COMPUTE_SAVINGS_PLAN
EC2_PLAN = Program.EC2_INSTANCE_SAVINGS_PLAN
RESERVED = Program.RESERVED
DATABASE = Program.DATABASE_SAVINGS_PLAN
SAGEMAKER = Program.SAGEMAKER_SAVINGS_PLAN
EC2 = {COMPUTE, EC2_PLAN, RESERVED}


def usage(
    service: str,
    usage_type: str,
    instance_type: str | None = None,
    platform: str | None = None,
    provider: str = "AWS",
) -> Usage:
    return Usage(provider, service, None, usage_type, None, instance_type, platform)


@pytest.mark.req("COM-21", part="what counts as eligible")
@pytest.mark.parametrize(
    ("given", "programs"),
    [
        (usage("AmazonEC2", "BoxUsage"), EC2),
        (usage("AmazonEC2", "BoxUsage:m5.large", "m5.large"), EC2),
        (usage("AmazonEC2", "EUC1-DedicatedUsage:m5.24xlarge"), EC2),
        (usage("AmazonEC2", "USW2-LAX1-BoxUsage:c5.2xlarge"), EC2),
        (usage("AmazonEC2", "USE2-HostUsage:m5"), EC2),
        (usage("AmazonEC2", "APN2-UnusedBox:m5.large"), EC2),
        (usage("AmazonEC2", "SpotUsage:m5.large", "m5.large"), set()),
        (usage("AmazonEC2", "EBS:VolumeUsage.gp3"), set()),
        (usage("AmazonEC2", "EBSOptimized:m4.large"), set()),
        (usage("AmazonEC2", "CPUCredits:t3"), set()),
        (usage("AmazonEC2", "USE1-DataTransfer-Out-Bytes"), set()),
        (usage("ElasticMapReduce", "BoxUsage:m5.large"), set()),
        (usage("AmazonECS", "USW1-Fargate-vCPU-Hours:perCPU"), {COMPUTE}),
        (usage("AmazonEKS", "EU-Fargate-ARM-GB-Hours"), {COMPUTE}),
        (usage("AmazonECS", "USW1-SpotUsage-Fargate-vCPU-Hours:perCPU"), set()),
        (usage("AmazonECS", "USE1-Fargate-EphemeralStorage-GB-Hours"), set()),
        (usage("AWSLambda", "USE2-Lambda-GB-Second"), {COMPUTE}),
        (usage("AWSLambda", "Lambda-Provisioned-Concurrency-ARM"), {COMPUTE}),
        (usage("AWSLambda", "USE2-Request"), {COMPUTE}),
        (usage("AWSLambda", "USE1-Lambda-Edge-GB-Second"), set()),
        (usage("AmazonS3", "USE2-Requests-Tier1"), set()),
        (usage("AmazonSageMaker", "USE1-Host:ml.m5.xlarge"), {SAGEMAKER}),
        (usage("AmazonSageMaker", "USE1-SpotTrain:ml.m5.xlarge"), set()),
        (usage("AmazonRDS", "InstanceUsage:db.r5.large", "db.r5.large"), {RESERVED}),
        (usage("AmazonRDS", "USW2-Multi-AZUsage:db.m7g.large", "db.m7g.large"), {RESERVED, DATABASE}),
        (usage("AmazonRDS", "Aurora:ServerlessV2Usage"), {DATABASE}),
        (usage("AmazonRDS", "RDS:GP3-Storage"), set()),
        (usage("AmazonElastiCache", "NodeUsage:cache.r7g.large", "cache.r7g.large", "Redis"), {RESERVED}),
        (usage("AmazonElastiCache", "NodeUsage:cache.r7g.large", "cache.r7g.large", "Valkey"), {RESERVED, DATABASE}),
        (usage("AmazonES", "EUW1-ESInstance:r6g.large.search"), {RESERVED}),
        (usage("AmazonRedshift", "Node:ra3.4xlplus"), {RESERVED}),
        (usage("AmazonMemoryDB", "NodeUsage:db.r6g.large"), {RESERVED}),
        (usage("AmazonDynamoDB", "ReadCapacityUnit-Hrs"), {RESERVED, DATABASE}),
        (usage("AmazonDynamoDB", "EU-WriteRequestUnits"), {DATABASE}),
        (usage("AmazonDynamoDB", "TimedStorage-ByteHrs"), set()),
        (usage("AmazonDocDB", "InstanceUsage:db.r6g.large", "db.r6g.large"), set()),
        (usage("AmazonDocDB", "InstanceUsage:db.r8g.large", "db.r8g.large"), {DATABASE}),
        (usage("Virtual Machines", "D4s v5 Spot", provider="Microsoft"), set()),
        (usage("Virtual Machines", "D4s v5", provider="Microsoft"), {RESERVED, Program.AZURE_SAVINGS_PLAN}),
        (usage("AmazonEC2", "Compute", "m6i.large"), EC2),
        (usage("AmazonEC2", "Compute"), set()),
        (usage("AmazonRDS", "Database", "db.r6g.large"), {RESERVED}),
        (usage("Cloud SQL", "Database", "db-custom-4-16384", provider="Google Cloud"), {Program.CLOUD_SQL_CUD}),
        (usage("Cloud SQL", "Cloud SQL for PostgreSQL: Zonal - vCPU in Seoul", provider="Google Cloud"), {Program.CLOUD_SQL_CUD}),
        (usage("Cloud SQL", "Cloud SQL for PostgreSQL: Zonal - Standard storage in Seoul", provider="Google Cloud"), set()),
        (usage("Cloud Run", "CPU Allocation Time", provider="Google Cloud"), {Program.FLEXIBLE_CUD}),
        (usage("Cloud Run", "Requests", provider="Google Cloud"), set()),
        (usage("Kubernetes Engine", "Autopilot Pod mCPU Requests (asia-northeast3)", provider="Google Cloud"), {Program.FLEXIBLE_CUD}),
        (usage("Kubernetes Engine", "Autopilot Spot Pod mCPU Requests (asia-northeast3)", provider="Google Cloud"), set()),
        (usage("Kubernetes Engine", "Regional Kubernetes Clusters", provider="Google Cloud"), set()),
        (usage("Compute Engine", "N2 Instance Core running", provider="Google Cloud"), {RESERVED, Program.FLEXIBLE_CUD}),
        (usage("Compute Engine", "Spot Preemptible N2 Instance Core", provider="Google Cloud"), set()),
        (usage("Compute Engine", "Storage PD Capacity", provider="Google Cloud"), set()),
    ],
)  # fmt: skip
def test_usage_is_eligible_for_exactly_these_programs(given: Usage, programs: set[Program]) -> None:
    assert eligible_programs(given) == programs


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [("m5.large", 5), ("db.r7g.xlarge", 7), ("dms.r6i.large", 6), ("r10gd.large", 10), (None, 0)],
)
def test_the_generation_is_read_from_the_instance_type(
    instance_type: str | None, expected: int
) -> None:
    assert generation(instance_type) == expected
