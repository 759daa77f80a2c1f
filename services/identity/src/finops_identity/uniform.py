"""Answers whose time tells nothing (ID-2)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from finops_common.errors.problem import Problem


@asynccontextmanager
async def no_sooner_than(least: timedelta, *, success_too: bool = True) -> AsyncIterator[None]:
    """Leave the block only once it has taken `least`; by a problem always."""
    loop = asyncio.get_running_loop()
    end = loop.time() + least.total_seconds()
    try:
        yield
    except Problem:
        await asyncio.sleep(end - loop.time())
        raise
    if success_too:
        await asyncio.sleep(end - loop.time())
