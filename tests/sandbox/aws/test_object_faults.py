"""Objects that come wrong on request: slowly, cut, cut off, changed, not at all."""

import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import boto3
import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

from finops_sandbox.aws.served import Keys, ServedSimulator
from finops_sandbox.world import World
from finops_sandbox.world.publish import bucket_of

pytestmark = pytest.mark.req("AUTO-60", part="faults on request: S3 objects")
KEY = "billing/a/object.csv"
BODY = b"0123456789" * 1000


@pytest_asyncio.fixture
async def s3(
    simulator: ServedSimulator, world: World, moto_url: str, payer_keys: Keys
) -> AsyncIterator[Any]:
    any_keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    store = boto3.client("s3", endpoint_url=moto_url, region_name="us-east-1", **any_keys)
    store.create_bucket(Bucket=bucket_of(world))
    store.put_object(Bucket=bucket_of(world), Key=KEY, Body=BODY)
    store.close()
    async with simulator.client("s3", payer_keys) as client:
        yield client


async def get(s3: Any, world: World, **given: str) -> Any:  # noqa: ANN401 - untyped SDK
    return await s3.get_object(Bucket=bucket_of(world), Key=KEY, **given)


async def test_a_short_body_says_it_is_whole(
    s3: Any,  # noqa: ANN401 - untyped SDK
    simulator: ServedSimulator,
    world: World,
) -> None:
    await simulator.plan_fault("s3", "GetObject", "short", key="object.csv")

    cut = await get(s3, world)
    whole = await get(s3, world)

    assert cut["ETag"] == whole["ETag"]
    assert (cut["ContentLength"], whole["ContentLength"]) == (5000, 10000)
    assert await cut["Body"].read() == BODY[:5000]


async def test_a_reset_ends_a_body_before_its_length(
    s3: Any,  # noqa: ANN401 - untyped SDK
    simulator: ServedSimulator,
    world: World,
) -> None:
    await simulator.plan_fault("s3", "GetObject", "reset")

    answer = await get(s3, world)

    assert answer["ContentLength"] == len(BODY)
    with pytest.raises(aiohttp.ClientPayloadError):
        await answer["Body"].read()


async def test_a_slow_body_comes_whole_in_the_end(
    s3: Any,  # noqa: ANN401 - untyped SDK
    simulator: ServedSimulator,
    world: World,
) -> None:
    await simulator.plan_fault("s3", "GetObject", "slow", seconds=0.4)
    began = time.monotonic()

    answer = await get(s3, world)
    pieces = [piece async for piece in answer["Body"].iter_chunks()]

    assert b"".join(pieces) == BODY
    assert time.monotonic() - began >= 0.4


async def test_an_object_vanishes_for_who_asks_for_it_alone(
    s3: Any,  # noqa: ANN401 - untyped SDK
    simulator: ServedSimulator,
    world: World,
) -> None:
    await simulator.plan_fault("s3", "GetObject", "vanish", key="other.csv")
    await simulator.plan_fault("s3", "GetObject", "vanish", key="object.csv")

    with pytest.raises(ClientError, match="NoSuchKey"):
        await get(s3, world)

    listed = await s3.list_objects_v2(Bucket=bucket_of(world), Prefix="billing/a/")
    assert [each["Key"] for each in listed["Contents"]] == [KEY]


async def test_a_changed_object_has_another_etag_and_is_refused_to_who_names_the_old(
    s3: Any,  # noqa: ANN401 - untyped SDK
    simulator: ServedSimulator,
    world: World,
) -> None:
    before = (await get(s3, world))["ETag"]
    await simulator.plan_fault("s3", "GetObject", "change", times=2)

    changed = await get(s3, world)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        await get(s3, world, IfMatch=before, Range="bytes=10-")

    assert changed["ETag"] != before
    assert await changed["Body"].read() != BODY
    part = await get(s3, world, IfMatch=before, Range="bytes=9990-")
    assert await part["Body"].read() == BODY[9990:]


async def test_planned_faults_are_forgotten_on_request(
    s3: Any,  # noqa: ANN401 - untyped SDK
    simulator: ServedSimulator,
    world: World,
) -> None:
    await simulator.plan_fault("s3", "GetObject", "vanish", times=5)

    await simulator.clear_faults()

    assert await (await get(s3, world))["Body"].read() == BODY
