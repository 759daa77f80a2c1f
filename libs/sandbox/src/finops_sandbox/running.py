"""`make run` and `make stop`."""

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from finops_common.clock import utc_now
from finops_sandbox.local import LocalHouse, running_house
from finops_sandbox.places import write_atomically
from finops_sandbox.processes import ProcessError, started_at
from finops_sandbox.stack import StackError
from finops_sandbox.visitor import UnexpectedAnswerError

if TYPE_CHECKING:
    from finops_sandbox.demo_company import DemoCompany

STOP_SECONDS = 60


def run(directory: Path) -> int:
    """Run everything until Ctrl-C or SIGTERM; 0, or 1 when something did not start."""
    directory.mkdir(parents=True, exist_ok=True)
    pid_file = directory / "run.pid"
    code = 0
    try:
        asyncio.run(_until_signal(directory, pid_file))
    except* (ProcessError, StackError, UnexpectedAnswerError) as group:
        for failure in group.exceptions:
            print(failure, file=sys.stderr, flush=True)
        code = 1
    finally:
        pid_file.unlink(missing_ok=True)
    return code


def halt(directory: Path) -> int:
    """End what `run` started in `directory`, and wait for it."""
    pid_file = directory / "run.pid"
    if not pid_file.exists():
        print("nothing runs here")
        return 0
    pid, _, identity = pid_file.read_text().partition(" ")
    if started_at(int(pid)) != identity:
        pid_file.unlink()
        print("nothing runs here")
        return 0
    os.kill(int(pid), signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    while started_at(int(pid)) == identity and time.monotonic() < until:
        time.sleep(0.1)
    return int(started_at(int(pid)) == identity)


async def _until_signal(directory: Path, pid_file: Path) -> None:
    began = time.monotonic()
    serving = asyncio.create_task(_serve(directory, pid_file, began))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    with suppress(asyncio.CancelledError):
        await serving


async def _serve(directory: Path, pid_file: Path, began: float) -> None:
    async with running_house(directory, progress=_say, now=utc_now()) as house:
        write_atomically(pid_file, f"{os.getpid()} {started_at(os.getpid())}")
        # Imported now: the house starts sooner without their libraries.
        from finops_sandbox.demo import customer_of, http_client  # noqa: PLC0415
        from finops_sandbox.demo_company import DemoCompany  # noqa: PLC0415

        demo = DemoCompany(house, customer_of(house), http_client())
        _say("demo company: its clouds and its newest bills")
        await demo.load()
        await _tell(house, demo, time.monotonic() - began)
        history = asyncio.create_task(demo.load_history())
        try:
            await _watch(house, history)
        finally:
            # Before the services that it asks are stopped.
            history.cancel()
            await asyncio.wait([history])


async def _watch(house: LocalHouse, history: asyncio.Task[None]) -> None:
    """Until something ends that should not."""
    while True:
        if history.done():
            history.result()
        for name, process in house.processes.items():
            if not process.running:
                raise process.failure(f"{name} ended with exit code {process.returncode}")
        await asyncio.sleep(0.5)


async def _tell(house: LocalHouse, demo: "DemoCompany", seconds: float) -> None:
    chart = house.directory / "coverage.svg"
    write_atomically(chart, await demo.chart())
    _say(f"\nfinops runs after {seconds:.0f} s. Ctrl-C ends it; data stays in {house.directory}\n")
    _say(f"  API and docs   {house.gateway_url}/docs")
    _say(f"  mails          {house.stack.mail_url}")
    _say(f"  logs           {house.directory / 'logs'}")
    _say(f"  demo log-in    {demo.owner.email}, password: {demo.owner.password}")
    _say(f"  chart          {chart}\n")
    for line in await demo.table():
        _say(f"  {line}")


def _say(line: str) -> None:
    print(line, flush=True)
