from pathlib import Path

import httpx
import pytest

from finops_sandbox.objects import Objects
from finops_sandbox.places import free_port

LOGIN = "AWS4-HMAC-SHA256 Credential=key/20260301/us-east-1/s3/aws4_request"


@pytest.mark.req("PLAT-40", part="object storage")
async def test_an_object_is_read_back_as_it_was_put(folder: Path) -> None:
    objects = Objects(folder, free_port())
    await objects.start()
    try:
        headers = {"authorization": LOGIN}
        async with httpx.AsyncClient(
            base_url=objects.url, headers=headers, trust_env=False
        ) as client:
            await client.put("/bills")
            await client.put("/bills/2026-03/manifest.json", content=b"{}")

            answer = await client.get("/bills/2026-03/manifest.json")
    finally:
        await objects.stop()

    assert (answer.status_code, answer.content) == (200, b"{}")
