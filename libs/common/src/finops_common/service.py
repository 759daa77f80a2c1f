"""What a service is to the outside: its commands, `python -m finops_<service> …`."""

import argparse
import asyncio
import gc
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import uvicorn
from fastapi import FastAPI

from finops_common.events.consumer import Consumer
from finops_common.events.contract import Topic
from finops_common.events.dead_letters import replay
from finops_common.events.topics import dead_letter_topic, make_topics
from finops_common.settings import ServiceSettings, SettingsError
from finops_common.telemetry import set_up
from finops_common.worker import Task, Worker

S = TypeVar("S", bound=ServiceSettings)


@dataclass(frozen=True)
class Work:
    """What a worker process runs: tasks by name, and the consumers among them for `events`."""

    tasks: Mapping[str, Task]
    consumers: Sequence[Consumer] = ()


@dataclass(frozen=True)
class Service(Generic[S]):
    """One service. `topics` are those it writes; `work` builds what its worker runs."""

    name: str
    settings: type[S]
    create_app: Callable[[S], FastAPI]
    work: Callable[[S], AbstractAsyncContextManager[Work]]
    migrations: Path
    topics: tuple[Topic, ...]

    @property
    def prefix(self) -> str:
        """Of its environment variables."""
        return self.name.upper().replace("-", "_") + "_"


def run_service(package: str, arguments: Sequence[str] | None = None) -> int:
    """`run_command` for the `SERVICE` in `package`'s `main`."""
    # Importing makes a million objects that stay: looking for garbage among them costs a tenth
    # of the start, and ever after a part of each full collection.
    gc.disable()
    service = importlib.import_module(f"{package}.main").SERVICE
    gc.freeze()
    gc.enable()
    return run_command(service, arguments)


def run_command(service: Service[Any], arguments: Sequence[str] | None = None) -> int:
    """`serve`, `worker`, `run`, `migrate` or `events replay`; the exit code."""
    parser = argparse.ArgumentParser(prog=f"finops_{service.name.replace('-', '_')}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="the api process")
    commands.add_parser("worker", help="relay, consumers and jobs")
    commands.add_parser("run", help="both in one process")
    commands.add_parser("migrate", help="bring database and topics up to date")
    events = commands.add_parser("events", help="look after event streams")
    events.add_argument(
        "action", choices=["replay"], help="offer dead letters to their handlers again"
    )
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "migrate":
            return _migrate(service, os.environ)
        settings = service.settings.from_environment(service.prefix, os.environ)
    except SettingsError as error:
        print(f"{service.name}: {error}", file=sys.stderr)  # noqa: T201 - a person reads it
        return 2
    exports = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    set_up(service.name, settings.log_level, exports=exports)
    run = {"serve": _serve, "worker": _work, "run": _both, "events": _replay}[chosen.command]
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run(service, settings))
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    import uvloop  # noqa: PLC0415 - not on every platform a developer may use

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _migrate(service: Service[Any], environ: Mapping[str, str]) -> int:
    owner = environ.get(f"{service.prefix}OWNER_DATABASE_URL")
    if not owner:
        raise SettingsError(f"{service.prefix}OWNER_DATABASE_URL: Field required")
    from finops_common.db.migrations import upgrade  # noqa: PLC0415 - who serves needs no Alembic

    upgrade(service.migrations, owner)
    brokers = environ.get("FINOPS_KAFKA_BROKERS") or environ.get(f"{service.prefix}KAFKA_BROKERS")
    if brokers:
        prefix = environ.get("FINOPS_TOPIC_PREFIX", "finops.")
        replicas = int(environ.get("FINOPS_KAFKA_REPLICAS", "1"))
        topics = (*service.topics, dead_letter_topic(service.name))
        asyncio.run(make_topics(brokers, prefix, topics, replicas))
    return 0


async def _serve(service: Service[Any], settings: ServiceSettings) -> None:
    await _server(service, settings).serve()


def _server(service: Service[Any], settings: ServiceSettings) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            service.create_app(settings),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=20,
        )
    )


async def _work(service: Service[Any], settings: ServiceSettings) -> None:
    async with service.work(settings) as work:
        await Worker(work.tasks).serve(settings.host, settings.worker_port)


async def _both(service: Service[Any], settings: ServiceSettings) -> None:
    async with service.work(settings) as work:
        background = asyncio.create_task(Worker(work.tasks).run())
        try:
            await _serve(service, settings)
        finally:
            background.cancel()
            await asyncio.gather(background, return_exceptions=True)


async def _replay(service: Service[Any], settings: ServiceSettings) -> None:
    async with service.work(settings) as work:
        for consumer in work.consumers:
            taken = await replay(
                settings.kafka_brokers, settings.topic_prefix, service.name, consumer.replay
            )
            print(f"{consumer.group}: {taken} dead letters handled")  # noqa: T201 - a command's answer
