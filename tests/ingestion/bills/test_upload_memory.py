"""The api takes uploads of any size in little memory, and never unpacks them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.ingestion.conftest import Customer

MB = 1 << 20
ENDED = {"done", "partial", "failed", "cancelled"}


def resident() -> int:
    """Bytes of memory this process has: the api runs in it, and the one who uploads too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


@pytest.mark.req("ING-17", part="the api process grows by at most 100 MB whatever is uploaded")
@pytest.mark.timeout(300)
async def test_three_hundred_megabytes_of_zeros_pass_through(customer: Customer) -> None:
    owner = customer.owner
    root = f"/ingestion/v1/organizations/{customer.organization}"
    headers = owner.headers | {"Authorization": f"Bearer {owner.token}"}
    before = peak = resident()

    async def zeros() -> AsyncIterator[bytes]:
        nonlocal peak
        piece = bytes(MB)
        for _ in range(300):
            yield piece
            peak = max(peak, resident())

    url = f"{owner.base('ingestion')}{root}/uploads/zeros.csv"
    sent = await owner.http.put(url, content=zeros(), headers=headers, timeout=200)
    for _ in range(600):
        found = await owner.get(f"{root}/imports/{sent.json()['id']}")
        peak = max(peak, resident())
        if found["state"] in ENDED:
            break
        await asyncio.sleep(0.1)

    assert (found["state"], found["code"]) == ("failed", "unreadable-file")
    assert peak - before < 100 * MB
