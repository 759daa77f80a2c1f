"""A worker process: named tasks side by side, health beside them, one end for all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import structlog
import uvicorn
from starlette.applications import Starlette

from finops_common.events.consumer import ResyncNeededError
from finops_common.events.dead_letters import TooManyDeadLettersError
from finops_common.health import Check, health_routes

Task = Callable[[], Awaitable[None]]
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
AGAIN_S = 1.0
FAILED_AGAIN_S = 60.0

log = structlog.get_logger(__name__)


def every(seconds: float, step: Callable[[], Awaitable[object]]) -> Task:
    """A task that takes `step` again and again, `seconds` after each round.

    At once again while the step answers True, for it found work; a round that failed is
    logged and taken again within a minute.
    """

    async def run() -> None:
        while True:
            try:
                wait = 0.0 if await step() is True else seconds
            except Exception:
                log.exception("round_failed", step=step.__qualname__)
                wait = min(seconds, FAILED_AGAIN_S)
            await asyncio.sleep(wait)

    return run


class Worker:
    """Runs `tasks` until cancelled.

    One that stops for good turns readiness off, no more: the others go on, and an
    operator is told what to do. One that fails is started again.
    """

    def __init__(self, tasks: Mapping[str, Task]) -> None:
        self._tasks = tasks
        self._stopped: dict[str, str] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, task in self._tasks.items():
                group.create_task(self._guarded(name, task), name=name)

    async def serve(self, host: str, port: int) -> None:
        """Run with `/health/*` and `/metrics` on a port of their own."""
        app = Starlette(routes=health_routes(self.checks))
        config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False)
        server = uvicorn.Server(config)
        work = asyncio.create_task(self.run())
        try:
            # uvicorn turns SIGTERM and SIGINT into the end of serve().
            await server.serve()
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    def checks(self) -> dict[str, Check]:
        async def nothing_stopped() -> bool:
            return not self._stopped

        return {"tasks": nothing_stopped}

    async def _guarded(self, name: str, task: Task) -> None:
        while True:
            try:
                return await task()
            except (ResyncNeededError, TooManyDeadLettersError) as error:
                self._stopped[name] = str(error)
                log.critical("task_stopped", task=name, reason=str(error))
                return None
            except Exception:
                log.exception("task_failed", task=name)
                await asyncio.sleep(AGAIN_S)
