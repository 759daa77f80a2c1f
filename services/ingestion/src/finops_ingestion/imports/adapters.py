"""The bucket a payer's exports are delivered to, the subprocess that reads, the topic of records."""

import asyncio
import hashlib
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, closing, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, Self

from pydantic import ValidationError

from finops_common.events.envelope import Envelope, to_record
from finops_common.events.relay import LateProducer
from finops_ingestion.accounts.sources import BillingSource
from finops_ingestion.bills.manifest import Manifest
from finops_ingestion.imports.domain import DeliveredFile, Delivery
from finops_ingestion.imports.orders import Order, Outcome

OpenBucket = Callable[[BillingSource], AbstractAsyncContextManager[Any]]
"""An S3 client that may read the source's bucket, for a while."""
CHUNK = 1024 * 1024
_MONTH = re.compile(
    r"(?:/|^)(?:(\d{4})(\d\d)01-\d{8}|BILLING_PERIOD=(\d{4})-(\d\d))(?:/|$)", re.IGNORECASE
)


class DeliveryChangedError(Exception):
    """The provider wrote a newer version while we read: the next look takes that one."""


class ReadingEndedError(Exception):
    """The subprocess ended without an answer: killed, or out of memory."""


@dataclass(frozen=True)
class _Listed:
    """An object as the bucket lists it."""

    key: str
    etag: str
    size: int
    modified: datetime


async def find_deliveries(client: Any, source: BillingSource) -> list[Delivery]:  # noqa: ANN401 - the SDK ships no types
    """The whole deliveries that stand in the source's bucket, one a period.

    A delivery whose files are newer than its manifest is being written and left for later.
    """
    listed = {each.key: each async for each in _list(client, source)}
    found = []
    for period, manifest in sorted(_manifests(listed).items()):
        keys = await _data_keys(client, source, manifest)
        files = [listed[key] for key in keys if key in listed]
        if len(files) == len(keys) and all(f.modified <= manifest.modified for f in files):
            delivered = tuple(DeliveredFile(f.key, f.etag, f.size) for f in files)
            found.append(Delivery(period, delivered))
    return found


async def _list(client: Any, source: BillingSource) -> AsyncIterator[_Listed]:  # noqa: ANN401 - as above
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=source.bucket, Prefix=source.prefix or ""
    )
    async for page in pages:
        for entry in page.get("Contents", ()):
            etag = entry["ETag"].strip('"')
            yield _Listed(entry["Key"], etag, entry["Size"], entry["LastModified"])


def _manifests(listed: Mapping[str, _Listed]) -> dict[date, _Listed]:
    """The manifest of each period nearest the top: AWS repeats it beside every delivery."""
    chosen: dict[date, _Listed] = {}
    for key in sorted(listed, key=lambda key: (-key.count("/"), key)):
        month = _MONTH.search(str(PurePosixPath(key).parent))
        if key.lower().endswith("manifest.json") and month:
            year, number = (month[1] or month[3]), (month[2] or month[4])
            chosen[date(int(year), int(number), 1)] = listed[key]
    return chosen


async def _data_keys(client: Any, source: BillingSource, manifest: _Listed) -> list[str]:  # noqa: ANN401 - as above
    answer = await client.get_object(Bucket=source.bucket, Key=manifest.key)
    async with answer["Body"] as body:
        text = await body.read()
    try:
        return [str(key) for key in Manifest.model_validate_json(text).data_keys()]
    except ValidationError:
        return []


async def fetch(client: Any, bucket: str, file: DeliveredFile, target: Path) -> str:  # noqa: ANN401 - as above
    """Download the very version that was seen; its SHA-256.

    Raises:
        DeliveryChangedError: another version stands there now.
    """
    answer = await client.get_object(Bucket=bucket, Key=file.name)
    if answer["ETag"].strip('"') != file.version:
        raise DeliveryChangedError(file.name)
    digest = hashlib.sha256()
    draft = target.with_suffix(".draft")
    with closing(answer["Body"]) as body, draft.open("wb") as out:
        async for chunk in body.iter_chunks(CHUNK):
            digest.update(chunk)
            await asyncio.to_thread(out.write, chunk)
    draft.replace(target)
    return digest.hexdigest()


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
