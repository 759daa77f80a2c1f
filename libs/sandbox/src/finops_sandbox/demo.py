"""`make demo`: the journey, told on a house of its own."""

import asyncio
import sys
from pathlib import Path

import httpx

from finops_common.clock import utc_now
from finops_sandbox.customer import Customer
from finops_sandbox.journey import Journey, Say
from finops_sandbox.local import LocalHouse, running_house
from finops_sandbox.processes import ProcessError
from finops_sandbox.visitor import UnexpectedAnswerError


def demo(directory: Path) -> int:
    """Tell the journey step by step; 0 when every step was as it should be."""
    code = 0
    try:
        asyncio.run(_demo(directory))
    except* (ProcessError, UnexpectedAnswerError) as group:
        for failure in group.exceptions:
            print(failure, file=sys.stderr, flush=True)
        code = 1
    return code


async def _demo(directory: Path) -> None:
    async with running_house(directory, progress=_say, now=utc_now()) as house:
        _say("")
        await journey_on(house, _step()).tell()
        _say(
            f"\nEverything was as it should be. The API is at {house.gateway_url}/docs in `make run`."
        )


def journey_on(house: LocalHouse, say: Say) -> Journey:
    """A journey of new people, with the demo customer's clouds."""
    return Journey(house, customer_of(house), http_client(), say)


def customer_of(house: LocalHouse) -> Customer:
    """The demo customer, with the house's bucket and AWS."""
    s3, shelf = house.stack.s3_url or "", house.directory / "bills"
    return Customer(house.world, s3, house.aws_url, shelf)


def http_client() -> httpx.AsyncClient:
    """Keeps no connection for so long that a server could close it first."""
    limits = httpx.Limits(keepalive_expiry=2)
    return httpx.AsyncClient(timeout=60, trust_env=False, limits=limits)


def _step() -> Say:
    count = 0

    def say(line: str) -> None:
        nonlocal count
        count += 1
        _say(f"{count:>2}  {line}")

    return say


def _say(line: str) -> None:
    print(line, flush=True)
