"""Real services inside the test process: their own servers, workers, databases and topics."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
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
from finops_sandbox.places import free_port
from finops_sandbox.stack import Stack


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals stay with pytest."""
        yield


@dataclass
class Running:
    """One service that runs: call it at `url`, look into its database as the service or its owner."""

    service: Service[Any]
    url: str
    worker_url: str
    stored: ServiceDatabase
    database: Database
    server: uvicorn.Server
    tasks: list[asyncio.Task[None]]

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
        self._ports = {name: free_port() for name in SERVICES}
        self._environ = dict(keys) | urls(self._ports) | {
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
        return f"http://127.0.0.1:{self._ports[service]}"

    async def start(self, service: Service[Any], **settings: str) -> Running:
        """Run api and worker of `service`; `settings` are its own variables without prefix."""
        if service.name in self.running:
            return self.running[service.name]
        stored = await self._databases.clone(service.name, service.migrations)
        await self._make_topics()
        prefix = prefix_of(service.name)
        own = {prefix + name.upper(): value for name, value in settings.items()}
        port = self._ports[service.name]
        environ = self._environ | own | {
            f"{prefix}DATABASE_URL": stored.service_url,
            f"{prefix}DATABASE_POOL_SIZE": "5",
            f"{prefix}PORT": str(port),
        }  # fmt: skip
        running = await self._run(service, environ, stored, port)
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
        self, service: Service[Any], environ: Mapping[str, str], stored: ServiceDatabase, port: int
    ) -> Running:
        settings = service.settings.from_environment(service.prefix, environ)
        config = uvicorn.Config(
            service.create_app(settings), port=port, log_config=None, access_log=False
        )
        server = _Server(config)
        up = asyncio.Event()

        async def work() -> None:
            async with service.work(settings) as job:
                up.set()
                await Worker(job.tasks).run()

        tasks: list[asyncio.Task[Any]] = [
            asyncio.create_task(server.serve()),
            asyncio.create_task(work()),
        ]
        engine = create_engine(stored.service_url, name="test", pool_size=3)
        running = Running(
            service,
            f"http://127.0.0.1:{port}",
            "",
            stored,
            Database(engine, service.name),
            server,
            tasks,
        )
        await _until_ready(self.http, running)
        return running

    async def stop(self) -> None:
        """End everything, the last started first."""
        for running in reversed(self.running.values()):
            await running.stop()
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
