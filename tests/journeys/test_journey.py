"""The whole product in one story, through the gateway, as child processes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from finops_sandbox.demo import journey_on
from finops_sandbox.local import running_house


@pytest.mark.req("PLAT-30")
@pytest.mark.req("AUD-4")
@pytest.mark.req("COM-24")
@pytest.mark.req("ING-13", part="open months")
@pytest.mark.req("ORG-5", part="every service")
@pytest.mark.timeout(600)
async def test_from_signing_up_to_the_audit_log(run_folder: Path) -> None:
    said: list[str] = []

    async with running_house(
        run_folder / "journey", progress=said.append, now=datetime.now(UTC), fast=True
    ) as house:
        journey = journey_on(house, said.append)
        try:
            await journey.tell()
        except AssertionError as error:
            raise AssertionError("\n".join([*said, str(error)])) from error

    assert journey.seconds["removal"] < 1
    assert journey.seconds["log-out"] < 1
    assert journey.seconds["audit"] < 2
