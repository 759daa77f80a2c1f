"""What the services say about the world, through the client library the product uses."""

import asyncio
import json
from decimal import Decimal

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from finops_sandbox.aws.served import Customer, Keys, ServedSimulator
from finops_sandbox.world import World
from finops_sandbox.world.model import ReservedInstance, SavingsPlan
from finops_sandbox.world.publish import BucketStore, Delivery, bucket_of, publish


async def test_the_management_account_lists_its_accounts(
    simulator: ServedSimulator, world: World, payer_keys: Keys
) -> None:
    async with simulator.client("organizations", payer_keys) as client:
        organization = (await client.describe_organization())["Organization"]
        first = await client.list_accounts(MaxResults=3)
        rest = await client.list_accounts(NextToken=first["NextToken"])

    found = [account["Id"] for account in first["Accounts"] + rest["Accounts"]]
    assert organization["MasterAccountId"] == world.payer.id
    assert found == [account.id for account in world.accounts]


async def test_a_member_account_may_not_list_accounts(customer: Customer) -> None:
    keys = await customer.keys(customer.world.linked[0].id)

    async with customer.simulator.client("organizations", keys) as client:
        with pytest.raises(ClientError, match="AccessDenied"):
            await client.list_accounts()


@pytest.mark.req("COM-2", part="the simulated provider's inventory")
async def test_every_account_shows_its_own_savings_plans(customer: Customer) -> None:
    shown = []
    for account in customer.world.accounts:
        keys = await customer.keys(account.id)
        async with customer.simulator.client("savingsplans", keys) as client:
            shown += (await client.describe_savings_plans())["savingsPlans"]

    plans = [held for held in customer.world.commitments if isinstance(held, SavingsPlan)]
    assert {plan["savingsPlanArn"] for plan in shown} == {plan.arn for plan in plans}
    prepaid = next(plan for plan in shown if plan["start"] == "2026-07-14T13:37:05.000Z")
    assert prepaid["state"] == "active"
    assert Decimal(prepaid["upfrontPaymentAmount"]) == Decimal("0.45") * 8760
    assert Decimal(prepaid["recurringPaymentAmount"]) == 0


async def test_rates_of_an_owned_plan_are_the_worlds(
    simulator: ServedSimulator, world: World, payer_keys: Keys
) -> None:
    plan = next(
        held
        for held in world.commitments
        if isinstance(held, SavingsPlan) and held.account == world.payer.id
    )
    wish = [
        {"name": "instanceType", "values": ["m5.large"]},
        {"name": "region", "values": ["us-east-1"]},
    ]

    async with simulator.client("savingsplans", payer_keys) as client:
        answer = await client.describe_savings_plan_rates(savingsPlanId=plan.id, filters=wish)

    rates = {item["operation"]: item["rate"] for item in answer["searchResults"]}
    assert rates["RunInstances"] == "0.071"


async def test_offerings_and_their_rates_agree(
    simulator: ServedSimulator, payer_keys: Keys
) -> None:
    async with simulator.client("savingsplans", payer_keys) as client:
        compute = await client.describe_savings_plans_offerings(planTypes=["Compute"])
        family = await client.describe_savings_plans_offerings(
            planTypes=["EC2Instance"],
            productType="EC2",
            filters=[{"name": "instanceFamily", "values": ["c5"]}],
        )
        rates = await client.describe_savings_plans_offering_rates(
            savingsPlanOfferingIds=[compute["searchResults"][0]["offeringId"]],
            products=["Fargate"],
        )

    assert len(compute["searchResults"]) == 6
    assert len(family["searchResults"]) == 24
    assert {item["usageType"] for item in rates["searchResults"]} == {
        "Fargate-vCPU-Hours:perCPU",
        "Fargate-GB-Hours",
    }
    assert {item["savingsPlanOffering"]["paymentOption"] for item in rates["searchResults"]} == {
        compute["searchResults"][0]["paymentOption"]
    }


async def test_reserved_instances_are_shown_in_their_region(customer: Customer) -> None:
    keys = await customer.keys(customer.world.account("shop-production").id)

    async with customer.simulator.client("ec2", keys, region="eu-west-1") as client:
        answer = await client.describe_reserved_instances(
            Filters=[{"Name": "state", "Values": ["active"]}]
        )

    [windows] = answer["ReservedInstances"]
    held = next(
        held
        for held in customer.world.commitments
        if isinstance(held, ReservedInstance) and held.platform == "Windows"
    )
    assert windows["ReservedInstancesId"] == held.id
    assert windows["Start"] == held.starts_at
    assert windows["Scope"] == "Region"
    assert windows["OfferingClass"] == "convertible"
    assert windows["FixedPrice"] == pytest.approx(float(held.upfront / 2))


async def test_reserved_offerings_are_paged(simulator: ServedSimulator, payer_keys: Keys) -> None:
    async with simulator.client("ec2", payer_keys) as client:
        pages = client.get_paginator("describe_reserved_instances_offerings").paginate(
            InstanceType="m5.large",
            ProductDescription="Linux/UNIX",
            PaginationConfig={"PageSize": 5},
        )
        found = [offer async for page in pages for offer in page["ReservedInstancesOfferings"]]

    assert len(found) == 12
    assert {offer["RecurringCharges"][0]["Frequency"] for offer in found} == {"Hourly"}


@pytest.mark.req("COM-46", part="reservations of other services come from the provider")
@pytest.mark.parametrize(
    ("service", "call", "member", "node"),
    [
        (
            *("rds", "describe_reserved_db_instances_offerings", "ReservedDBInstancesOfferings"),
            {"DBInstanceClass": "db.m5.large", "ProductDescription": "mysql", "MultiAZ": True},
        ),
        (
            *("elasticache", "describe_reserved_cache_nodes_offerings"),
            *(
                "ReservedCacheNodesOfferings",
                {"CacheNodeType": "cache.m5.large", "ProductDescription": "redis"},
            ),
        ),
        (
            *("opensearch", "describe_reserved_instance_offerings", "ReservedInstanceOfferings"),
            {"InstanceType": "m5.large.search", "PaymentOption": "PARTIAL_UPFRONT"},
        ),
        (
            *("redshift", "describe_reserved_node_offerings", "ReservedNodeOfferings"),
            {"NodeType": "ra3.xlplus", "CurrencyCode": "USD"},
        ),
        (
            *("memorydb", "describe_reserved_nodes_offerings", "ReservedNodesOfferings"),
            {"NodeType": "db.r6g.large", "OfferingType": "All Upfront"},
        ),
    ],
)
async def test_every_service_lists_what_it_has_on_offer_in_its_own_words(
    *,
    simulator: ServedSimulator,
    payer_keys: Keys,
    service: str,
    call: str,
    member: str,
    node: dict[str, object],
) -> None:
    async with simulator.client(service, payer_keys) as client:
        found = (await getattr(client, call)())[member]

    assert [offer for offer in found if node.items() <= offer.items()]
    assert {offer["Duration"] for offer in found} == {365 * 86400, 3 * 365 * 86400}
    assert all(
        offer["FixedPrice"] or offer["RecurringCharges"][0]["RecurringChargeAmount"]
        for offer in found
    )


@pytest.mark.parametrize(
    ("service", "call", "member"),
    [
        ("rds", "describe_reserved_db_instances", "ReservedDBInstances"),
        ("elasticache", "describe_reserved_cache_nodes", "ReservedCacheNodes"),
        ("redshift", "describe_reserved_nodes", "ReservedNodes"),
        ("es", "describe_reserved_elasticsearch_instances", "ReservedElasticsearchInstances"),
        ("memorydb", "describe_reserved_nodes", "ReservedNodes"),
        ("ec2", "describe_reserved_instances_listings", "ReservedInstancesListings"),
    ],
)
async def test_services_without_reservations_say_so(
    simulator: ServedSimulator, payer_keys: Keys, service: str, call: str, member: str
) -> None:
    async with simulator.client(service, payer_keys) as client:
        answer = await getattr(client, call)()

    assert answer[member] == []


async def test_bills_are_found_where_they_are_delivered(
    simulator: ServedSimulator, world: World, payer_keys: Keys
) -> None:
    async with simulator.client("cur", payer_keys) as client:
        reports = (await client.describe_report_definitions())["ReportDefinitions"]
    async with simulator.client("bcm-data-exports", payer_keys) as client:
        exports = (await client.list_exports())["Exports"]
        export = (await client.get_export(ExportArn=exports[0]["ExportArn"]))["Export"]

    bucket = bucket_of(world)
    assert {report["S3Bucket"] for report in reports} == {bucket}
    assert [item["ExportName"] for item in exports] == [
        "hanbit-cur2",
        "hanbit-focus",
        "hanbit-focus-csv",
    ]
    assert export["DestinationConfigurations"]["S3Destination"]["S3Bucket"] == bucket


async def test_prices_come_from_the_worlds_price_list(
    simulator: ServedSimulator, payer_keys: Keys
) -> None:
    wish = [
        {"Type": "TERM_MATCH", "Field": "instanceType", "Value": "m5.large"},
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"},
        {"Type": "TERM_MATCH", "Field": "operatingSystem", "Value": "Linux"},
    ]

    async with simulator.client("pricing", payer_keys) as client:
        answer = await client.get_products(ServiceCode="AmazonEC2", Filters=wish)

    [product] = [json.loads(text) for text in answer["PriceList"]]
    [on_demand] = product["terms"]["OnDemand"].values()
    [dimension] = on_demand["priceDimensions"].values()
    assert dimension["pricePerUnit"] == {"USD": "0.096"}
    assert len(product["terms"]["Reserved"]) == 12


@pytest.mark.req("AUTO-60", part="S3 from moto behind the same front")
async def test_a_session_reads_its_bills_and_no_other_bucket(
    simulator: ServedSimulator, world: World, moto_url: str, payer_keys: Keys
) -> None:
    bucket = bucket_of(world)
    delivery = await asyncio.to_thread(_deliver, moto_url, world)

    async with simulator.client("s3", payer_keys) as s3:
        listed = await s3.list_objects_v2(Bucket=bucket, Prefix="billing/")
        manifest = await s3.get_object(Bucket=bucket, Key=delivery.manifest_key)
        named = json.loads(await manifest["Body"].read())
        head = await s3.head_object(Bucket=bucket, Key=delivery.data_keys[0])
        part = await s3.get_object(Bucket=bucket, Key=delivery.data_keys[0], Range="bytes=0-3")
        assert await part["Body"].read() == b"PAR1"
        for refused in (
            s3.get_object(Bucket=bucket, Key="other/secret"),
            s3.list_objects_v2(Bucket="elsewhere"),
            s3.list_objects_v2(Bucket=bucket, Prefix="other/"),
            s3.put_object(Bucket=bucket, Key="billing/x", Body=b"x"),
        ):
            with pytest.raises(ClientError, match="AccessDenied"):
                await refused

    assert {item["Key"] for item in listed["Contents"]} >= {delivery.manifest_key}
    assert head["ContentLength"] > 10_000
    assert named["account"] == world.payer.id


def _deliver(moto_url: str, world: World) -> Delivery:
    s3 = boto3.client(
        "s3",
        endpoint_url=moto_url,
        region_name="us-east-1",
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
    )
    bucket = bucket_of(world)
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="other/secret", Body=b"x")
    try:
        return publish(world, world.months[-1], None, "focus-1.2", BucketStore(s3, bucket))
    finally:
        s3.close()


async def test_an_unsigned_request_is_refused(customer: Customer) -> None:
    async with httpx.AsyncClient(base_url=customer.simulator.url) as http:
        answer = await http.get("/any-bucket")

    assert answer.status_code == 403


@pytest.mark.req("AUTO-60", part="faults on request: throttle, 500, hang")
@pytest.mark.parametrize(
    ("service", "operation", "call", "kind", "code"),
    [
        (
            "savingsplans",
            "DescribeSavingsPlans",
            "describe_savings_plans",
            "throttle",
            "Throttling",
        ),
        (
            "ec2",
            "DescribeReservedInstances",
            "describe_reserved_instances",
            "throttle",
            "RequestLimit",
        ),
        ("organizations", "DescribeOrganization", "describe_organization", "error", "Internal"),
        ("s3", "ListAllMyBuckets", "list_buckets", "throttle", "SlowDown"),
    ],
)
async def test_a_planned_fault_is_met_once(
    simulator: ServedSimulator,
    payer_keys: Keys,
    service: str,
    operation: str,
    call: str,
    kind: str,
    code: str,
) -> None:
    await simulator.plan_fault(service=service, operation=operation, kind=kind)

    async with simulator.client(service, payer_keys) as client:
        with pytest.raises(ClientError, match=code):
            await getattr(client, call)()
        if service != "s3":
            await getattr(client, call)()


@pytest.mark.req("AUTO-60", part="faults on request: hang")
async def test_a_hang_outlasts_an_impatient_client(
    simulator: ServedSimulator, payer_keys: Keys
) -> None:
    await simulator.plan_fault(
        service="savingsplans", operation="DescribeSavingsPlans", kind="hang", seconds=2
    )

    async with simulator.client("savingsplans", payer_keys, read_timeout=0.3) as client:
        with pytest.raises(ReadTimeoutError):
            await client.describe_savings_plans()


async def test_what_the_simulator_does_not_have_is_refused_by_name(
    simulator: ServedSimulator, payer_keys: Keys
) -> None:
    async with simulator.client("ec2", payer_keys) as client:
        with pytest.raises(ClientError, match="ec2:DescribeInstances"):
            await client.describe_instances()
