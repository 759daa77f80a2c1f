"""Starts the parts of the local stack, watches them, and stops them in order."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from finops_sandbox.kafka import Kafka
from finops_sandbox.mail import Mail
from finops_sandbox.objects import Objects
from finops_sandbox.places import free_port, local_secret, write_atomically
from finops_sandbox.postgres import Postgres
from finops_sandbox.processes import Process, started_at
from finops_sandbox.stack import PARTS, Stack, supervisor_lock

WATCH_SECONDS = 0.25

Progress = Callable[[str], None]


class Part(Protocol):
    """One server of the stack."""

    @property
    def processes(self) -> list[Process]: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass
class RunningStack:
    """A stack whose parts are our own children, for who wants to stop and restart them."""

    directory: Path
    parts: Mapping[str, Part]
    elsewhere: Mapping[str, str]
    starts: Mapping[str, asyncio.Task[None]]

    @property
    def stack(self) -> Stack:
        """Where each part answers, or will once it is ready."""
        return _describe(self.directory, self.parts, self.elsewhere)

    @property
    def processes(self) -> list[Process]:
        return [process for part in self.parts.values() for process in part.processes]

    async def ready(self, *names: str) -> None:
        """Wait for these parts; one that runs elsewhere is ready.

        Raises:
            ProcessError: one of them did not start.
        """
        wanted = [self.starts[name] for name in names if name in self.starts]
        if wanted:
            done, _ = await asyncio.wait(wanted, return_when=asyncio.FIRST_EXCEPTION)
            for start in done:
                start.result()


def _ports(directory: Path, names: Iterable[str]) -> dict[str, int]:
    """A free port for each name, the one of last time where nobody took it."""
    path = directory / "ports.json"
    known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    ports: dict[str, int] = {}
    for name in names:
        ports[name] = free_port(known.get(name), ports.values())
    write_atomically(path, json.dumps({**known, **ports}))
    return ports


def _make_parts(directory: Path, names: Iterable[str], fast: bool) -> dict[str, Part]:
    ports = _ports(directory, ("postgres", "kafka", "kafka_controller", "s3", "smtp", "mail"))
    known: dict[str, Callable[[], Part]] = {
        "postgres": lambda: Postgres(directory, ports["postgres"], local_secret(directory), fast),
        "kafka": lambda: Kafka(directory, ports["kafka"], ports["kafka_controller"]),
        "s3": lambda: Objects(directory, ports["s3"]),
        "mail": lambda: Mail(directory, ports["smtp"], ports["mail"]),
    }
    return {name: known[name]() for name in names}


def given_by_url(environ: Mapping[str, str]) -> dict[str, str]:
    """URLs of parts that run elsewhere, by part."""
    variables = {
        "postgres": "FINOPS_POSTGRES_URL",
        "kafka": "FINOPS_KAFKA_BROKERS",
        "s3": "FINOPS_S3_URL",
        "mail": "FINOPS_SMTP_URL",
    }
    return {part: environ[name] for part, name in variables.items() if environ.get(name)}


def _describe(directory: Path, parts: Mapping[str, Part], elsewhere: Mapping[str, str]) -> Stack:
    found: dict[str, str | None] = {
        "postgres_url": elsewhere.get("postgres"),
        "kafka_brokers": elsewhere.get("kafka"),
        "s3_url": elsewhere.get("s3"),
        "smtp_url": elsewhere.get("mail"),
    }
    for part in parts.values():
        match part:
            case Postgres():
                found["postgres_url"] = part.admin_url
            case Kafka():
                found["kafka_brokers"] = part.brokers
            case Objects():
                found["s3_url"] = part.url
            case Mail():
                found |= {"smtp_url": part.smtp_url, "mail_url": part.url}
    pids = {p.name: p.pid for part in parts.values() for p in part.processes if p.pid is not None}
    return Stack(directory, **found, supervisor_pid=os.getpid(), pids=pids)


async def _start(name: str, part: Part, progress: Progress) -> None:
    began = time.monotonic()
    progress(f"{name}: starting")
    await part.start()
    progress(f"{name}: ready after {time.monotonic() - began:.1f} s")


@asynccontextmanager
async def running_stack(
    directory: Path,
    parts: Iterable[str] = PARTS,
    *,
    fast: bool = False,
    progress: Progress = print,
) -> AsyncIterator[RunningStack]:
    """Run a stack in an absolute folder as our own children; they stop at the context's end.

    What a URL in the environment names is used and not started. The folder keeps the data.

    Raises:
        ProcessError: a part did not start; the others were stopped.
        StackError: another supervisor holds the folder.
    """
    async with starting_stack(directory, parts, fast=fast, progress=progress) as running:
        await running.ready(*running.parts)
        running.stack.write()
        yield running


@asynccontextmanager
async def starting_stack(
    directory: Path, parts: Iterable[str] = PARTS, *, fast: bool, progress: Progress
) -> AsyncIterator[RunningStack]:
    """The same, but its parts still start: for who has work to do after the first of them."""
    elsewhere = {name: url for name, url in given_by_url(os.environ).items() if name in parts}
    with supervisor_lock(directory):
        ours = _make_parts(directory, [name for name in parts if name not in elsewhere], fast)
        starts = {n: asyncio.create_task(_start(n, part, progress)) for n, part in ours.items()}
        try:
            yield RunningStack(directory, ours, elsewhere, starts)
        finally:
            (directory / "state.json").unlink(missing_ok=True)
            for start in starts.values():
                start.cancel()
            await asyncio.gather(*starts.values(), return_exceptions=True)
            for part in reversed(ours.values()):
                await part.stop()


async def supervise(
    directory: Path, parts: Iterable[str], *, fast: bool = False, owner_pid: int | None = None
) -> int:
    """Run a stack until a signal, the owner's end or the end of a part; returns an exit code."""
    serving = asyncio.create_task(_serve(directory, parts, fast, owner_pid))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        return 0
    except (RuntimeError, OSError) as failure:  # ours all are RuntimeErrors
        print(failure, file=sys.stderr, flush=True)
        return 1
    return 0


async def _serve(directory: Path, parts: Iterable[str], fast: bool, owner_pid: int | None) -> None:
    identity = None if owner_pid is None else started_at(owner_pid)
    async with running_stack(directory, parts, fast=fast, progress=_say) as running:
        _say(f"stack: ready, state in {directory / 'state.json'}")
        while owner_pid is None or (identity is not None and started_at(owner_pid) == identity):
            for process in running.processes:
                if not process.running:
                    raise process.failure(f"ended with exit code {process.returncode}")
            await asyncio.sleep(WATCH_SECONDS)


def _say(line: str) -> None:
    print(line, flush=True)
