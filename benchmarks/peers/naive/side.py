"""P5: two services as they are often written: models, JSON per line, Kafka, rows, sums.

A line is a dictionary, a model, another model, a document on the topic, the same model again in
the service behind it (peers/naive/service.py, a process of its own), a row and a share of an
hour's sum. Producing is pipelined, storing batched: it is naive, not sabotaged. Fewer lines than
the product gets, for it would take hours; rates are what is compared.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pyarrow.parquet as pq

from finops_common.events.contract import Topic
from finops_common.events.relay import kafka_producer
from finops_common.events.topics import make_topics
from finops_common.ids import new_id
from finops_sandbox.processes import Process
from generate import SIZES, ensure_bill
from peers.naive.models import CurLine, focus_of
from peers.naive.service import TABLES
from sides import HERE, Clock, Given, Sample

SIZE = "naive"
WINDOW = 1000
ANSWER = """
    SELECT sum(lines) AS lines, sum(billed) AS billed,
        sum(list) FILTER (WHERE status = 'Used') AS covered
    FROM focus_hours WHERE hour >= '2026-10-01' AND hour < '2026-11-01'
"""


async def measure(given: Given) -> Sample:
    name = f"naive-{new_id().hex}"
    await make_topics(given.kafka, "bench.", [Topic(name, "lines", partitions=1)])
    async with _database(given, name.replace("-", "_")) as url:
        connection = await asyncpg.connect(url)
        await connection.execute(TABLES)
        environ = {
            "NAIVE_KAFKA": given.kafka,
            "NAIVE_TOPIC": f"bench.{name}",
            "NAIVE_DATABASE": url,
            "PYTHONPATH": str(HERE),
        }
        command = [sys.executable, "-m", "peers.naive.service"]
        service = Process("naive", command, Path(given.scratch), env=environ)
        await service.start()
        producer = kafka_producer(given.kafka)
        await producer.start()
        try:
            # It has joined its group and opened its connections once a line has arrived.
            await _through(producer, connection, f"bench.{name}", _lines(given.tiny, 1))
            await connection.execute("TRUNCATE focus_lines, focus_hours")
            with Clock() as clock:
                bill = _lines(str(ensure_bill(SIZE)), SIZES[SIZE])
                found = await _through(producer, connection, f"bench.{name}", bill)
        finally:
            await producer.stop()
            await service.stop()
            await connection.close()
    costs = {cost: f"{found[cost]:.2f}" for cost in ("billed", "covered")}
    answer = {"lines": int(found["lines"])} | costs
    return clock.sample(SIZES[SIZE], answer, lines=SIZES[SIZE])


async def _through(
    producer: Any,  # noqa: ANN401 - aiokafka ships no types
    connection: asyncpg.Connection,
    topic: str,
    lines: Iterator[dict[str, Any]],
) -> asyncpg.Record:
    """Send the lines, wait until all are summed, ask what they come to."""
    count, acks = 0, []
    for row in lines:
        line = focus_of(CurLine.model_validate(row))
        acks.append(await producer.send(topic, line.model_dump_json().encode()))
        count += 1
        if len(acks) == WINDOW:
            await asyncio.gather(*acks)
            acks.clear()
    await asyncio.gather(*acks)
    while True:
        found = await connection.fetchrow(ANSWER)
        if found["lines"] == count:
            return found
        await asyncio.sleep(0.02)


def _lines(bill: str, most: int) -> Iterator[dict[str, Any]]:
    """A dictionary a line; maps as such, instants in UTC."""
    left = most
    for path in sorted(Path(bill).glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(WINDOW):
                for row in batch.slice(0, left).to_pylist(maps_as_pydicts="strict"):
                    yield {name: _zoned(value) for name, value in row.items()}
                left -= min(left, batch.num_rows)
                if not left:
                    return


def _zoned(value: Any) -> Any:  # noqa: ANN401 - a cell
    return value.replace(tzinfo=UTC) if hasattr(value, "tzinfo") else value


@asynccontextmanager
async def _database(given: Given, name: str) -> AsyncIterator[str]:
    """A database of its own, gone afterwards."""
    server = await asyncpg.connect(given.postgres)
    try:
        await server.execute(f"CREATE DATABASE {name}")
        yield urlsplit(given.postgres)._replace(path=f"/{name}").geturl()
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await server.close()
