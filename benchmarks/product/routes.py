"""What the list route's three servers have in common: being started, asked and compared."""

import json
import sys
from pathlib import Path
from typing import Any

from finops_sandbox.places import free_port
from finops_sandbox.processes import Process, http_ready
from load import load
from sides import HERE, Clock, Given, Sample

CONNECTIONS = 16
SECONDS = 4.0
TOKEN = "benchmark"


async def peer(given: Given, module: str) -> Sample:
    """Load the app of a limit or a peer, run by uvicorn in a process of its own."""
    port = free_port()
    small = given.firm["small"]
    environ = {
        "BENCH_DATABASE_URL": given.firm["database_url"],
        "BENCH_COMPANY": small["company_id"],
        "PYTHONPATH": str(HERE),
    }
    command = [sys.executable, "-m", "uvicorn", f"{module}:app", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "error", "--loop", "uvloop"]
    ready = http_ready(f"http://127.0.0.1:{port}/ready")
    server = Process("peer", command, Path(given.scratch), env=environ, ready=ready)
    await server.start()
    try:
        url = f"http://127.0.0.1:{port}/organizations/{small['organization_id']}/members?limit=20"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        found = await load(url, headers, connections=CONNECTIONS, seconds=SECONDS)
    finally:
        await server.stop()
    return members_sample(*found)


def members_sample(clock: Clock, figures: dict[str, float], body: bytes) -> Sample:
    """The load's figures, with the page that was answered."""
    page: dict[str, Any] = json.loads(body)
    return Sample(figures, page, clock.seconds, clock.cpu_seconds)
