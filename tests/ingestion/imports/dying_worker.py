"""A worker process to be killed: runs the imports that are queued, like the service's own.

Arguments: JSON with service_url, brokers, prefix, s3_url, blobs, spool.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aioboto3

from finops_common.blobs import open_blobs
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.jobs import JobRunner
from finops_ingestion.accounts.changes import collect
from finops_ingestion.imports.adapters import RecordTopic, SubprocessReader
from finops_ingestion.imports.publishing import Publisher
from finops_ingestion.imports.queueing import KIND
from finops_ingestion.imports.running import ImportRunner
from finops_ingestion.imports.spooling import Spool

KEYS = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": "us-east-1"}


async def work(told: dict[str, str]) -> None:
    @asynccontextmanager
    async def bucket(_: object) -> AsyncIterator[Any]:
        async with aioboto3.Session().client("s3", endpoint_url=told["s3_url"], **KEYS) as client:
            yield client

    database = Database(create_engine(told["service_url"], name="dying"), "ingestion")
    async with (
        open_blobs(f"file://{told['blobs']}") as blobs,
        RecordTopic(told["brokers"], told["prefix"]) as records,
    ):
        publisher = Publisher(database, blobs, records)
        runner = ImportRunner(
            database,
            blobs,
            publisher,
            SubprocessReader(),
            bucket,
            collect,
            spool=Spool(Path(told["spool"]), 8192),
            memory_mb=1024,
            threads=1,
        )
        await JobRunner(database, {KIND: runner.run}).run_one()


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.argv[1])))
