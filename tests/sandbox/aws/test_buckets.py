"""Buckets: whose they are, and who takes them for another's."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from finops_sandbox.aws.served import Customer

WRITER = "org-5f0c"
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Writer": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "Writer",
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
                            "Action": "sts:AssumeRole",
                        }
                    ]
                },
                "Policies": [
                    {
                        "PolicyName": "write",
                        "PolicyDocument": {
                            "Statement": [
                                {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
                            ]
                        },
                    }
                ],
            },
        }
    },
    "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Writer", "Arn"]}}},
}


@pytest.mark.req("AUTO-60", part="buckets have owners")
@pytest.mark.parametrize(
    ("mine", "anybody", "expected", "written"),
    [
        (True, False, None, True),
        (True, False, "mine", True),
        (True, False, "other", False),
        (False, False, None, False),
        (False, True, None, True),
        (False, True, "mine", False),
    ],
)
async def test_a_bucket_lets_in_its_account_and_nobody_who_expects_another_owner(
    customer: Customer, *, mine: bool, anybody: bool, expected: str | None, written: bool
) -> None:
    payer, simulator = customer.world.payer.id, customer.simulator
    answer = await simulator.run_stack(payer, "writer", TEMPLATE, {})
    keys = await simulator.assume(answer.json()["outputs"]["RoleArn"], WRITER)
    await simulator.own_bucket(payer if mine else "444455556666", "owned", anybody=anybody)
    owners = {"mine": payer, "other": "777788889999"}
    given = {"ExpectedBucketOwner": owners[expected]} if expected else {}

    async with simulator.client("s3", keys) as s3:
        put = s3.put_object(Bucket="owned", Key="k", Body=b"", **given)
        if written:
            assert (await put)["ETag"]
        else:
            with pytest.raises(ClientError, match="AccessDenied"):
                await put


async def test_who_may_write_may_not_throw_away_parts(customer: Customer) -> None:
    payer, simulator = customer.world.payer.id, customer.simulator
    answer = await simulator.run_stack(payer, "writer", TEMPLATE, {})
    keys = await simulator.assume(answer.json()["outputs"]["RoleArn"], WRITER)
    await simulator.own_bucket(payer, "owned")

    async with simulator.client("s3", keys) as s3:
        begun = await s3.create_multipart_upload(Bucket="owned", Key="k")
        with pytest.raises(ClientError, match="s3:AbortMultipartUpload"):
            await s3.abort_multipart_upload(Bucket="owned", Key="k", UploadId=begun["UploadId"])
