"""The whole product on this machine: the stack, the seven services, gateway, docs, AWS.

Every server is a child process on a free loopback port; `LocalHouse` says where each is.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from finops_sandbox.aws.identities import PLATFORM
from finops_sandbox.databases import ServiceDatabase, create_service_database
from finops_sandbox.environment import SERVICES, prefix_of, service_keys, urls
from finops_sandbox.gateway import start_gateway, write_config
from finops_sandbox.places import free_port, write_atomically
from finops_sandbox.processes import Process, http_ready
from finops_sandbox.routes import GatewaySettings, load_routes
from finops_sandbox.stack import Stack
from finops_sandbox.supervisor import Progress, RunningStack, starting_stack

TOPIC_PREFIX = "finops."
SERVICES_FOLDER = Path(__file__).parents[4] / "services"
SEED = 7


@dataclass(frozen=True)
class WorldSeed:
    """What the simulated world is built from, here and in the AWS simulator's process."""

    seed: int
    anchor: date
    now: datetime


@dataclass
class LocalHouse:
    """What runs, and where. `processes` by name: `identity`, or `identity-api` and `-worker`."""

    directory: Path
    stack: Stack
    parts: Mapping[str, Any]
    ports: Mapping[str, int]
    world: WorldSeed
    databases: dict[str, ServiceDatabase] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['gateway']}"

    @property
    def aws_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['aws']}"

    def url(self, _service: str) -> str:
        """Where a visitor reaches a service: through the gateway, like everybody."""
        return self.gateway_url


@asynccontextmanager
async def running_house(
    directory: Path,
    *,
    progress: Progress,
    now: datetime,
    apart: Collection[str] = (),
    only: Collection[str] | None = None,
    fast: bool = False,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[LocalHouse]:
    """Run everything in `directory`, which keeps the data; all stops at the context's end.

    Services named in `apart` run api and worker as two processes, the others as one. `only`
    names which of the services, `docs` and `aws` start; None starts all.
    `settings` are further environment variables of all services.

    Raises:
        ProcessError: something did not start; the message shows the end of its log.
    """
    wanted = [name for name in SERVICES if only is None or name in only]
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(
            starting_stack(directory, fast=fast, progress=progress)
        )
        house = LocalHouse(
            directory, running.stack, running.parts, _ports(directory), _world(directory, now)
        )
        stack.push_async_callback(_stop_all, house)
        outside = {n: p for n, p in _outside(house).items() if only is None or n in only}
        async with asyncio.TaskGroup() as starts:
            # Each as early as it can: what they read and build fills the time Kafka takes.
            for name, process in outside.items():
                starts.create_task(_start_outside(running, house, name, process, progress))
            starts.create_task(_make_topics(running, progress))
            await running.ready("postgres")
            await _prepare(house, wanted, progress)
            environ = _environ(house, settings or {})
            for service in wanted:
                ours = _service_processes(house, service, environ, apart=service in apart)
                for name, process in ours.items():
                    starts.create_task(_start(house, name, process, progress))
            await running.ready(*running.parts)
        house.stack = running.stack
        house.stack.write()
        house.processes["gateway"] = await _gateway(house)
        progress("gateway: ready")
        yield house


async def _start_outside(
    running: RunningStack, house: LocalHouse, name: str, process: Process, progress: Progress
) -> None:
    await running.ready("s3")
    await _start(house, name, process, progress)


async def _start(house: LocalHouse, name: str, process: Process, progress: Progress) -> None:
    house.processes[name] = process
    began = asyncio.get_running_loop().time()
    await process.start()
    progress(f"{name}: ready after {asyncio.get_running_loop().time() - began:.1f} s")


async def _stop_all(house: LocalHouse) -> None:
    # The gateway first, so that nobody is let in while the services drain.
    await asyncio.gather(
        *(process.stop() for name, process in house.processes.items() if name == "gateway")
    )
    await asyncio.gather(*(process.stop() for process in house.processes.values()))


def _ports(directory: Path) -> dict[str, int]:
    path = directory / "house-ports.json"
    known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    names = [*SERVICES, *(f"{name}-worker" for name in SERVICES), "gateway", "docs", "aws"]
    ports: dict[str, int] = {}
    for name in names:
        ports[name] = free_port(known.get(name), ports.values())
    directory.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(ports))
    return ports


async def _prepare(house: LocalHouse, wanted: list[str], progress: Progress) -> None:
    """Databases and migrations; quick when all is there."""
    admin = house.stack.postgres_url or ""
    for service in wanted:
        stored = await create_service_database(admin, service)
        await asyncio.to_thread(_migrate, service, stored.owner_url)
        house.databases[service] = stored
    progress(f"databases: ready for {len(wanted)} services")


def _migrate(service: str, owner_url: str) -> None:
    from finops_common.db.migrations import upgrade  # noqa: PLC0415 - imports while Kafka starts

    upgrade(SERVICES_FOLDER / service / "migrations", owner_url)


async def _make_topics(running: RunningStack, progress: Progress) -> None:
    """All of them: every api follows the revocations of services that do not run, too."""
    await running.ready("kafka")
    from finops_common.contracts.catalogue import topics_of  # noqa: PLC0415 - the same
    from finops_common.events.topics import dead_letter_topic, make_topics  # noqa: PLC0415

    topics = [topic for name in SERVICES for topic in (*topics_of(name), dead_letter_topic(name))]
    await make_topics(running.stack.kafka_brokers or "", TOPIC_PREFIX, topics)
    progress("topics: ready")


def _environ(house: LocalHouse, settings: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
    }
    by_name = {name: house.ports[name] for name in SERVICES}
    return kept | service_keys(house.directory) | urls(by_name) | {
        "FINOPS_KAFKA_BROKERS": house.stack.kafka_brokers or "",
        "FINOPS_TOPIC_PREFIX": TOPIC_PREFIX,
        "FINOPS_PUBLIC_APP_URL": house.gateway_url,
        "FINOPS_SMTP_URL": house.stack.smtp_url or "",
        "INGESTION_AWS_ENDPOINT_URL": house.aws_url,
        "INGESTION_AWS_PLATFORM_PRINCIPAL": PLATFORM.arn,
        "INGESTION_AWS_ACCESS_KEY_ID": PLATFORM.access_key,
        "INGESTION_AWS_SECRET_ACCESS_KEY": PLATFORM.secret,
        "INGESTION_BLOBS_URL": (house.directory / "blobs").as_uri(),
        "INGESTION_SPOOL": str(house.directory / "spool"),
        # People who try it should not wait for an hourly look.
        "INGESTION_CONNECTIONS_EVERY_S": "2",
        "INGESTION_LISTINGS_EVERY_S": "5",
        "INGESTION_LOOKS_POLL_S": "1",
        "INGESTION_AWS_RESERVATION_REGIONS": "us-east-1,us-west-2,eu-west-1,ap-northeast-2",
        # Whoever tries webhooks here receives them here.
        "ORG_RBAC_PRIVATE_CHANNELS": "true",
        # The local gateway speaks plain HTTP.
        "IDENTITY_SECURE_COOKIES": "false",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }  # fmt: skip


def _service_processes(
    house: LocalHouse, name: str, environ: Mapping[str, str], *, apart: bool
) -> dict[str, Process]:
    prefix = prefix_of(name)
    port, worker_port = house.ports[name], house.ports[f"{name}-worker"]
    own = dict(environ) | {
        f"{prefix}DATABASE_URL": house.databases[name].service_url,
        f"{prefix}PORT": str(port),
        f"{prefix}WORKER_PORT": str(worker_port),
    }

    def process(label: str, command: str, ready_port: int) -> Process:
        return Process(
            label,
            [sys.executable, "-m", f"finops_{name.replace('-', '_')}", command],
            house.directory / "logs",
            env=own,
            ready=http_ready(f"http://127.0.0.1:{ready_port}/health/ready"),
            stop_timeout=25,
        )

    if apart:
        api, worker = f"{name}-api", f"{name}-worker"
        return {api: process(api, "serve", port), worker: process(worker, "worker", worker_port)}
    return {name: process(name, "run", port)}


def _outside(house: LocalHouse) -> dict[str, Process]:
    """The docs page and the simulated AWS."""
    logs = house.directory / "logs"
    docs, aws = house.ports["docs"], house.ports["aws"]
    config = house.directory / "aws.json"
    write_atomically(config, json.dumps(_aws(house)))
    return {
        "aws": Process(
            "aws",
            [
                sys.executable,
                "-m",
                "finops_sandbox.aws",
                "--port",
                str(aws),
                "--config",
                str(config),
            ],
            logs,
            ready=http_ready(f"http://127.0.0.1:{aws}/_sandbox/accounts"),
            ready_timeout=120,
        ),
        "docs": Process(
            "docs",
            [sys.executable, "-m", "finops_sandbox", "docs", "--port", str(docs)],
            logs,
            ready=http_ready(f"http://127.0.0.1:{docs}/openapi.json"),
        ),
    }


def _aws(house: LocalHouse) -> dict[str, Any]:
    caller = {"access_key": PLATFORM.access_key, "secret": PLATFORM.secret, "arn": PLATFORM.arn}
    world = {"seed": house.world.seed, "anchor": house.world.anchor.strftime("%Y-%m")}
    world["now"] = house.world.now.isoformat()
    return {"moto_url": house.stack.s3_url, "callers": [caller], "worlds": [world]}


def _world(directory: Path, now: datetime) -> WorldSeed:
    """The demo customer's clouds: the same ones in each run, up to the present hour."""
    path = directory / "world.json"
    if not path.exists():
        anchor = now.date().replace(day=1).isoformat()
        write_atomically(path, json.dumps({"seed": SEED, "anchor": anchor}))
    kept = json.loads(path.read_text())
    hour = now.replace(minute=0, second=0, microsecond=0)
    return WorldSeed(kept["seed"], date.fromisoformat(kept["anchor"]), hour)


async def _gateway(house: LocalHouse) -> Process:
    table = load_routes()
    config = house.directory / "gateway.json"
    upstreams = {
        name: f"127.0.0.1:{house.ports[name]}" for name in table.upstreams if name in house.ports
    }
    write_config(config, table, GatewaySettings(port=house.ports["gateway"], upstreams=upstreams))
    return await start_gateway(config)
