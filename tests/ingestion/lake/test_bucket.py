"""The lake in S3 is the lake in a folder: published, compacted, expired and swept alike."""

from datetime import timedelta

import boto3
import pytest
from tests.ingestion.lake.shore import KEEP, Shore, a_line

from finops_common.ids import new_id
from finops_ingestion.lake.domain import GRACE
from finops_ingestion.lake.upkeep import EVERY
from finops_sandbox.stack import Stack

# What speaks Iceberg takes long to import on a busy machine.
pytestmark = pytest.mark.timeout(240)


def keys_in(stack: Stack, bucket: str) -> set[str]:
    s3 = boto3.client("s3", endpoint_url=stack.s3_url, region_name="us-east-1")
    return {each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]}


async def test_tables_in_a_bucket_follow_what_stands(shore_in_s3: Shore, stack: Stack) -> None:
    shore, source = shore_in_s3, new_id()
    await shore.commit(a_line("5"), source=source)
    await shore.commit(a_line("1"), source=new_id(), finality="closed")
    await shore.publish()
    bucket = (await shore.table()).location().split("/")[2]
    before = keys_in(stack, bucket)
    await shore.commit(a_line("7"), source=source, finality="closed")
    await shore.publish()

    late = KEEP + GRACE + timedelta(hours=1)
    await shore.upkeep(late).keep(shore.organization)
    await shore.upkeep(late + EVERY).keep(shore.organization)

    assert await shore.figures() == await shore.standing()
    assert (await shore.figures()).costs == {"USD": 8}
    (only,) = (await shore.table()).scan().plan_files()
    assert only.file.file_path.startswith(f"s3://{bucket}/kept/organization={shore.organization}/")
    gone = before - keys_in(stack, bucket)
    assert any("/source=" in key for key in gone)
    assert any("/metadata/" in key for key in gone)
