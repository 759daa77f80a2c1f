"""Cost queries of one organization, idle and while another imports bill after bill."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from finops_sandbox.environment import prefix_of
from finops_sandbox.places import free_port
from load import load
from product.firm import log_in, service_process
from product.stores import service_database
from sides import Clock, Given, Sample

SECONDS = 8.0
WINDOW = "start=2026-10-01&end=2026-11-01&group_by=service"
PATIENCE_S = 600
ENDED = {"done", "partial", "failed", "cancelled"}


async def measure(given: Given) -> Sample:
    token = {"Authorization": f"Bearer {await log_in(given.firm)}"}
    async with _ingestion(given) as root, httpx.AsyncClient(timeout=120, trust_env=False) as http:
        http.headers.update(token)
        small, large = (_path(given, root, which) for which in ("small", "large"))
        await _import(http, small, given.tiny, "first")
        url = f"{small}/costs?{WINDOW}"
        with Clock() as clock:
            _, idle, before = await load(url, token, connections=1, seconds=SECONDS, warm_up=3)
            importing = asyncio.create_task(_keep_importing(http, large, given.bill))
            try:
                await _until_running(http, large, importing)
                _, busy, after = await load(url, token, connections=1, seconds=SECONDS, warm_up=0.3)
            finally:
                importing.cancel()
                await asyncio.gather(importing, return_exceptions=True)
    totals = json.loads(before)["totals"]
    if not totals or totals != json.loads(after)["totals"]:
        raise SystemExit("the answer changed while somebody else imported")
    facts = {f"{name}_idle": value for name, value in idle.items()}
    facts |= {f"{name}_importing": value for name, value in busy.items()}
    ratio = {"ratio": busy["p99_ms"] / idle["p99_ms"]}
    return Sample(ratio, totals, clock.seconds, clock.cpu_seconds, facts)


@asynccontextmanager
async def _ingestion(given: Given) -> AsyncIterator[str]:
    """Its api and worker, each a process; where the api answers."""
    scratch, prefix = Path(given.scratch), prefix_of("ingestion")
    stored = await service_database(given, "ingestion")
    url = httpx.URL(given.firm["environ"][f"FINOPS_{prefix}URL"])
    environ = {
        **given.firm["environ"],
        f"{prefix}DATABASE_URL": stored.service_url,
        f"{prefix}PORT": str(url.port),
        f"{prefix}WORKER_PORT": str(free_port()),
        f"{prefix}BLOBS_URL": f"file://{scratch / 'blobs'}",
        f"{prefix}SPOOL": str(scratch / "spool"),
    }
    processes = [
        service_process("org-rbac", "serve", given.firm["environ"], scratch),
        service_process("ingestion", "serve", environ, scratch),
        service_process("ingestion", "worker", environ, scratch),
    ]
    try:
        for process in processes:
            await process.start()
        yield str(url)
    finally:
        for process in reversed(processes):
            await process.stop()


def _path(given: Given, root: str, which: str) -> str:
    organization = given.firm[which]["organization_id"]
    return f"{root.rstrip('/')}/ingestion/v1/organizations/{organization}"


async def _keep_importing(http: httpx.AsyncClient, root: str, bill: str) -> None:
    for number in count():
        await _import(http, root, bill, f"series-{number}")


async def _import(http: httpx.AsyncClient, root: str, bill: str, series: str) -> None:
    """Upload the bill's first file and wait until it is imported."""
    file = min(await asyncio.to_thread(lambda: list(Path(bill).glob("*.parquet"))))
    content = await asyncio.to_thread(file.read_bytes)
    url = f"{root}/uploads/{file.name}?series={series}"
    sent = await http.put(url, content=content)
    sent.raise_for_status()
    async with asyncio.timeout(PATIENCE_S):
        while (shown := await _shown(http, root, sent.json()["id"]))["state"] not in ENDED:
            await asyncio.sleep(0.5)
    if shown["state"] not in {"done", "partial"}:
        raise SystemExit(f"the bill was not imported: {shown}")


async def _shown(http: httpx.AsyncClient, root: str, import_id: str) -> Mapping[str, Any]:
    answer = await http.get(f"{root}/imports/{import_id}")
    answer.raise_for_status()
    found: Mapping[str, Any] = answer.json()
    return found


async def _until_running(http: httpx.AsyncClient, root: str, importing: asyncio.Task[None]) -> None:
    """Return once the import runs; what ended it before that is raised."""
    while not importing.done():
        listed = (await http.get(f"{root}/imports")).raise_for_status().json()["items"]
        if any(each["state"] == "running" for each in listed):
            return
        await asyncio.sleep(0.1)
    importing.result()
