"""A served simulator over moto, and a customer who runs our stack."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from moto.server import ThreadedMotoServer

from finops_sandbox.aws.served import Customer, Keys, MovableClock, ServedSimulator, serve_simulator
from finops_sandbox.world import World, build_world
from finops_sandbox.world.publish import bucket_of

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
EXTERNAL_ID = "org-5f0c"

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  ExternalId: {Type: String}
  Bucket: {Type: String}
  WithResources: {Type: String, Default: "no"}
Conditions:
  Resources: !Equals [!Ref WithResources, "yes"]
Resources:
  ReadRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: FinOpsRead
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {AWS: "arn:aws:iam::999988887777:root"}
            Action: sts:AssumeRole
            Condition: {StringEquals: {"sts:ExternalId": !Ref ExternalId}}
      Policies:
        - PolicyName: bills
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - Effect: Allow
                Action: s3:ListBucket
                Resource: !Sub "arn:${AWS::Partition}:s3:::${Bucket}"
                Condition: {StringLike: {"s3:prefix": "billing/*"}}
              - Effect: Allow
                Action: s3:GetObject
                Resource: !Sub "arn:aws:s3:::${Bucket}/billing/*"
              - Effect: Allow
                Action: ["cur:Describe*", "bcm-data-exports:List*", "bcm-data-exports:Get*"]
                Resource: "*"
        - PolicyName: commitments
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - Effect: Allow
                Action:
                  - organizations:Describe*
                  - organizations:ListAccounts
                  - savingsplans:Describe*
                  - ec2:DescribeReserved*
                  - rds:DescribeReserved*
                  - elasticache:DescribeReserved*
                  - redshift:DescribeReserved*
                  - es:DescribeReserved*
                  - memorydb:DescribeReserved*
                  - pricing:GetProducts
                Resource: "*"
              - Effect: Allow
                Action: iam:SimulatePrincipalPolicy
                Resource: !Sub "arn:aws:iam::${AWS::AccountId}:role/FinOpsRead"
              - !If
                - Resources
                - {Effect: Allow, Action: "ec2:DescribeInstances", Resource: "*"}
                - !Ref AWS::NoValue
Outputs:
  RoleArn: {Value: !GetAtt ReadRole.Arn}
"""


@pytest.fixture(scope="session")
def world() -> World:
    return build_world(7, NOW, months=1)


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(datetime.now(UTC))


@pytest_asyncio.fixture
async def simulator(
    world: World, moto_url: str, clock: MovableClock
) -> AsyncIterator[ServedSimulator]:
    """A fresh simulator: no stacks, no sessions, no faults."""
    async with serve_simulator([world], moto_url, clock) as served:
        yield served


@pytest.fixture
def customer(simulator: ServedSimulator, world: World) -> Customer:
    given = {"ExternalId": EXTERNAL_ID, "Bucket": bucket_of(world)}
    return Customer(simulator, world, TEMPLATE, given)


@pytest_asyncio.fixture
async def payer_keys(customer: Customer) -> Keys:
    """Credentials of the read role in the management account."""
    return await customer.keys(customer.world.payer.id)
