"""What opens a billing source, the subprocess that reads, the topic of records."""

import asyncio
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Protocol, Self

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from finops_common.events.envelope import Envelope, to_record
from finops_common.events.relay import LateProducer
from finops_ingestion.accounts.sources import BillingSource
from finops_ingestion.imports.orders import Order, Outcome

OpenBucket = Callable[[BillingSource], AbstractAsyncContextManager[Any]]
"""What `stores.places.bills_of` reads the source through, open for a while."""


STORE_ERRORS: tuple[type[Exception], ...] = (BotoCoreError, ClientError)
"""What a place of bills answers when it cannot be read now."""


def reason_of(error: Exception) -> str:
    """What an error that was not ours is called: AWS's own code where it answered with one."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code") or type(error).__name__)
    return type(error).__name__


class ReadingEndedError(Exception):
    """The subprocess ended without an answer: killed, or out of memory."""


class Reader(Protocol):
    """Reads one bill, away from the event loop."""

    async def read(self, order: Order) -> Outcome:
        """The bill, read; cancelling ends the reading.

        Raises:
            ReadingEndedError: no answer came.
        """


class SubprocessReader:
    """Reads in a process of its own, whose memory is limited."""

    async def read(self, order: Order) -> Outcome:
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "finops_ingestion.imports.reading")
        errors = order.to.with_suffix(".stderr")
        errors.parent.mkdir(parents=True, exist_ok=True)
        with errors.open("wb") as told:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=pipe, stdout=pipe, stderr=told
            )
        try:
            return await self._answer(process, order)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def _answer(self, process: asyncio.subprocess.Process, order: Order) -> Outcome:
        if process.stdin is None or process.stdout is None:
            raise ReadingEndedError("without pipes")
        with suppress(ConnectionError):
            process.stdin.write(order.model_dump_json().encode() + b"\n")
            await process.stdin.drain()
        answer = await process.stdout.read()
        code = await process.wait()
        try:
            return Outcome.model_validate_json(answer)
        except ValidationError:
            raise ReadingEndedError(f"exit code {code}") from None


class RecordTopic:
    """Sends the events of one stream straight to Kafka: parts are too many for an outbox."""

    def __init__(self, brokers: str, prefix: str) -> None:
        self._prefix = prefix
        # Late: a worker starts, and looks and serves, while Kafka is away.
        self._producer = LateProducer(brokers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def send(self, messages: Iterable[Envelope[Any]]) -> None:
        """Send in order; returns when every broker acknowledgement is there."""
        acks = []
        for message in messages:
            headers, value = to_record(message)
            sent = await self._producer.send(
                self._prefix + message.data.topic.name,
                value,
                key=message.subject.encode(),
                headers=[(name, text.encode()) for name, text in headers.items()],
            )
            acks.append(sent)
        await asyncio.gather(*acks)
