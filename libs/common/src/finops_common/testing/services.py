"""Real services inside the test process: their own servers, workers, databases and topics."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from finops_common.contracts.catalogue import topics_of
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.events.topics import dead_letter_topic, make_topics
from finops_common.service import Service
from finops_common.testing.databases import Databases
from finops_common.worker import Worker
from finops_sandbox.databases import ServiceDatabase
from finops_sandbox.environment import SERVICES, prefix_of, urls
from finops_sandbox.stack import Stack


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals stay with pytest."""
        yield


def reserved_socket() -> socket.socket:
    """A loopback port that is ours from now on: bound, and refusing until something listens."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    return door


def url_of(door: socket.socket) -> str:
    """Where what listens on this socket answers."""
    return f"http://127.0.0.1:{door.getsockname()[1]}"


@asynccontextmanager
async def serving(app: Any, door: socket.socket) -> AsyncIterator[str]:  # noqa: ANN401 - uvicorn takes any ASGI application
    """Serve an ASGI application on a reserved socket for the length of the block; its URL."""
    server = _Server(uvicorn.Config(app, log_config=None, access_log=False))
    task = asyncio.create_task(server.serve(sockets=[door]))
    while not server.started and not task.done():
        await asyncio.sleep(0.01)
    try:
        yield url_of(door)
    finally:
        server.should_exit = True
        await task


@dataclass
class Running:
    """One service that runs: call it at `url`, look into its database as the service or its owner."""

    service: Service[Any]
    url: str
    stored: ServiceDatabase
    database: Database
    server: uvicorn.Server
    tasks: list[asyncio.Task[None]]
    settings: Mapping[str, str]

    async def stop(self) -> None:
        """End server and worker as SIGTERM would."""
        self.server.should_exit = True
        self.tasks[1].cancel()
        for task in self.tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self.database.engine.dispose()


class House:
    """Starts services on demand, each once, wired to each other over loopback."""

    def __init__(
        self,
        stack: Stack,
        databases: Databases,
        keys: Mapping[str, str],
        topic_prefix: str,
        **extra: str,
    ) -> None:
        self._stack = stack
        self._databases = databases
        self._prefix = topic_prefix
        self._doors = {name: reserved_socket() for name in SERVICES}
        ports = {name: door.getsockname()[1] for name, door in self._doors.items()}
        self._environ = dict(keys) | urls(ports) | {
            "FINOPS_KAFKA_BROKERS": stack.kafka_brokers or "",
            "FINOPS_TOPIC_PREFIX": topic_prefix,
            "FINOPS_PUBLIC_APP_URL": "http://app.test",
            "FINOPS_SMTP_URL": stack.smtp_url or "",
            "FINOPS_LOG_LEVEL": "WARNING",
            **extra,
        }  # fmt: skip
        self.running: dict[str, Running] = {}
        # Shorter than uvicorn's 5 s: a kept connection never races its close.
        limits = httpx.Limits(keepalive_expiry=2)
        self.http = httpx.AsyncClient(timeout=20, trust_env=False, limits=limits)

    def url(self, service: str) -> str:
        """Where `service` answers, or will once it is started."""
        return url_of(self._doors[service])

    async def start(self, service: Service[Any], **settings: str) -> Running:
        """Run api and worker of `service`; `settings` are its own variables without prefix.

        Raises `ValueError` when it already runs with other settings.
        """
        if running := self.running.get(service.name):
            if running.settings != settings:
                raise ValueError(f"{service.name} already runs with {running.settings}")
            return running
        stored = await self._databases.clone(service.name, service.migrations)
        await self._make_topics()
        prefix = prefix_of(service.name)
        own = {prefix + name.upper(): value for name, value in settings.items()}
        environ = (
            self._environ
            | own
            | {
                f"{prefix}DATABASE_URL": stored.service_url,
                f"{prefix}DATABASE_POOL_SIZE": "5",
            }
        )
        running = await self._run(service, environ, stored, settings)
        self.running[service.name] = running
        return running

    async def _make_topics(self) -> None:
        # All of them: every api follows the revocations of services a test does not start.
        if not self.running:
            letters = [dead_letter_topic(name) for name in SERVICES]
            topics = [topic for name in SERVICES for topic in topics_of(name)]
            await make_topics(
                self._environ["FINOPS_KAFKA_BROKERS"], self._prefix, [*topics, *letters]
            )

    async def _run(
        self,
        service: Service[Any],
        environ: Mapping[str, str],
        stored: ServiceDatabase,
        own: Mapping[str, str],
    ) -> Running:
        settings = service.settings.from_environment(service.prefix, environ)
        server = _Server(
            uvicorn.Config(service.create_app(settings), log_config=None, access_log=False)
        )
        up = asyncio.Event()

        async def work() -> None:
            async with service.work(settings) as job:
                up.set()
                await Worker(job.tasks).run()

        tasks: list[asyncio.Task[Any]] = [
            asyncio.create_task(server.serve(sockets=[self._doors[service.name]])),
            asyncio.create_task(work()),
        ]
        engine = create_engine(stored.service_url, name="test", pool_size=3)
        running = Running(
            service,
            self.url(service.name),
            stored,
            Database(engine, service.name),
            server,
            tasks,
            own,
        )
        await _until_ready(self.http, running)
        return running

    async def stop(self) -> None:
        """End everything, the last started first."""
        for running in reversed(self.running.values()):
            await running.stop()
        for door in self._doors.values():
            door.close()
        await self.http.aclose()


async def _until_ready(http: httpx.AsyncClient, running: Running) -> None:
    for _ in range(300):
        for task in running.tasks:
            if task.done():
                task.result()
        with suppress(httpx.TransportError):
            if (await http.get(f"{running.url}/health/ready")).status_code == 200:  # noqa: PLR2004 - HTTP
                return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"{running.service.name} did not become ready")
