"""The service as a process: it drains, it survives its database, its logs give nothing away."""

import asyncio
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from tests.common.probe.running import until
from tests.common.probe.service import CANARY, environment
from tests.common.probe.tables import MIGRATIONS

from finops_common.db.migrations import upgrade
from finops_sandbox.databases import ServiceDatabase, create_service_database
from finops_sandbox.places import free_port
from finops_sandbox.processes import Process, http_ready
from finops_sandbox.supervisor import running_stack

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def the_probe(
    command: str, environ: dict[str, str], folder: Path
) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    """The probe as a child process, ready, and a client of it."""
    url = f"http://127.0.0.1:{environ['PROBE_PORT']}"
    process = Process(
        f"probe-{command}",
        [sys.executable, "-m", "tests.common.probe.service", command],
        folder,
        env=environ | {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        cwd=ROOT,
        ready=http_ready(f"{url}/health/ready"),
    )
    await process.start()
    try:
        async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as http:
            yield process, http
    finally:
        await process.stop()


@pytest.fixture
def environ(
    keys: dict[str, str], stored: ServiceDatabase, brokers: str, prefix: str
) -> dict[str, str]:
    return environment(keys, stored.service_url, brokers, prefix, free_port())


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where every user may pass, unlike tmp_path: PostgreSQL runs as nobody under root."""
    path = Path(tempfile.mkdtemp(prefix="finops-outage-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.mark.req("PLAT-44", part="SIGTERM drains without a lost request")
async def test_requests_under_way_are_answered_after_sigterm(
    environ: dict[str, str], tmp_path: Path
) -> None:
    async with the_probe("serve", environ, tmp_path) as (process, http):
        asked = [asyncio.create_task(http.get("/probe/v1/slow")) for _ in range(5)]
        await asyncio.sleep(0.5)
        await process.stop()
        answers = await asyncio.gather(*asked)

    assert [answer.status_code for answer in answers] == [200] * 5
    assert process.returncode in {0, -signal.SIGTERM}


@pytest.mark.req("PLAT-44", part="worker: health, end on SIGTERM")
async def test_a_worker_serves_its_health_and_ends_on_sigterm(
    environ: dict[str, str], tmp_path: Path
) -> None:
    async with the_probe("worker", environ, tmp_path) as (process, http):
        metrics = (await http.get("/metrics")).text
        began = time.monotonic()
        await process.stop()

    assert "finops_outbox_waiting" in metrics
    assert time.monotonic() - began < 10


@pytest.mark.req("PRIV-7", part="logs and metrics of failures")
@pytest.mark.req("PLAT-44", part="JSON logs with request ids, metrics by route")
async def test_logs_and_metrics_hold_no_values(environ: dict[str, str], tmp_path: Path) -> None:
    async with the_probe("serve", environ, tmp_path) as (process, http):
        headers = {"Authorization": f"Bearer {CANARY}", "X-Request-Id": "request-1234"}
        for path in ("/broken", "/twice", f"/notes/{CANARY}", f"/me?email={CANARY}", f"/{CANARY}"):
            await http.get(f"/probe/v1{path}", headers=headers)
        await http.post("/probe/v1/forgotten", json={"name": CANARY})
        metrics = (await http.get("/metrics")).text
        log = process.log_path.read_text()

    lines = [json.loads(line) for line in log.splitlines()]
    broken = [line for line in lines if line.get("exception") == "RuntimeError"]
    assert CANARY not in log + metrics
    assert "IntegrityError" in log or "InsufficientPrivilege" in log or "ProgrammingError" in log
    assert broken[0]["request_id"] == "request-1234"
    assert broken[0]["frames"]
    assert 'route="/notes/{note_id}"' in metrics


@pytest.mark.req("PRIV-7", part="traces of requests and of failures")
@pytest.mark.req("PLAT-44", part="spans by route")
async def test_traces_hold_no_values(environ: dict[str, str], tmp_path: Path) -> None:
    taken = bytearray()

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"POST /v1/traces ")
        length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-l"))
        taken.extend(await reader.readexactly(int(length.partition(b":")[2])))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    collector = await asyncio.start_server(collect, "127.0.0.1", 0)
    port = collector.sockets[0].getsockname()[1]
    told = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    async with collector, the_probe("serve", environ | told, tmp_path) as (_, http):
        for path in ("/broken", f"/notes/{CANARY}", f"/me?email={CANARY}", f"/{CANARY}"):
            await http.get(f"/probe/v1{path}")
        await until(_told(taken, b"GET /broken", b"GET /notes/{note_id}", b"GET /me", b"GET none"))

    assert CANARY.encode() not in taken
    assert b"canary" not in taken


def _told(taken: bytearray, *spans: bytes) -> Callable[[], Awaitable[bool]]:
    async def told() -> bool:
        return all(span in taken for span in spans)

    return told


@pytest.mark.req("PLAT-45", part="PostgreSQL")
@pytest.mark.timeout(120)
async def test_without_its_database_it_answers_503_and_recovers_within_30_seconds(
    keys: dict[str, str], brokers: str, prefix: str, tmp_path: Path, folder: Path
) -> None:
    async with running_stack(folder, ("postgres",), fast=True) as running:
        made = await create_service_database(running.stack.postgres_url or "", "probe")
        await asyncio.to_thread(upgrade, MIGRATIONS, made.owner_url)
        environ = environment(keys, made.service_url, brokers, prefix, free_port())
        async with the_probe("serve", environ, tmp_path) as (_, http):
            before = (await http.get("/probe/v1/stored")).status_code
            postgres = running.parts["postgres"]
            postgres.processes[0].kill()
            answers = [await http.get("/probe/v1/stored") for _ in range(12)]
            await until(_answers(http, 503))
            live = (await http.get("/health/live")).status_code

            await postgres.start()
            began = time.monotonic()
            await until(_answers(http, 200), 30)
            after = [(await http.get("/probe/v1/stored")).status_code for _ in range(12)]

    assert (before, live, set(after)) == (200, 200, {200})
    assert {(a.status_code, a.headers.get("retry-after")) for a in answers} == {(503, "2")}
    assert time.monotonic() - began < 30


def _answers(http: httpx.AsyncClient, status: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return (await http.get("/health/ready")).status_code == status

    return holds
