"""A house of its own with all services, so that other tests' stand-ins meet no real one."""

from collections.abc import AsyncIterator

import pytest

from finops_common.testing.databases import Databases
from finops_common.testing.services import House
from finops_sandbox.aws.identities import PLATFORM
from finops_sandbox.aws.served import serve_simulator
from finops_sandbox.documents import services
from finops_sandbox.stack import Stack


@pytest.fixture(scope="module")
async def whole(
    stack: Stack,
    databases: Databases,
    keys: dict[str, str],
    topic_prefix: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[House]:
    """Every service there is, real and wired to the others; an AWS without customers.

    Per module: seven services that idle to the end of a run would slow down all other tests.
    """
    files = tmp_path_factory.mktemp("whole")
    house = House(stack, databases, keys, f"{topic_prefix}whole.")
    async with serve_simulator([], stack.s3_url or "") as aws:
        own = {
            "ingestion": {
                "blobs_url": f"file://{files / 'blobs'}",
                "spool": str(files / "spool"),
                "aws_endpoint_url": aws.url,
                "aws_access_key_id": PLATFORM.access_key,
                "aws_secret_access_key": PLATFORM.secret,
                "aws_platform_principal": PLATFORM.arn,
                "aws_template_url": "https://finops-templates.s3.amazonaws.com/read.json",
                "lake_every_s": "3600",
            }
        }
        for service in services():
            await house.start(service, **own.get(service.name, {}))
        yield house
        await house.stop()
