"""A worker process of some tasks of imports, wired and set as the service's own is.

Arguments: JSON with what `Settings` needs, s3_url, and tasks: how the names of those begin.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioboto3

from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.worker import Worker
from finops_ingestion.importing import import_tasks, importing
from finops_ingestion.settings import Settings

KEYS = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": "us-east-1"}


async def work(told: dict[str, str]) -> None:
    @asynccontextmanager
    async def bucket(_: object) -> AsyncIterator[Any]:
        async with aioboto3.Session().client("s3", endpoint_url=told["s3_url"], **KEYS) as client:
            yield client

    settings = Settings.model_validate(told)
    url = settings.database_url.get_secret_value()
    database = Database(create_engine(url, name="crowd"), "ingestion")
    async with importing(settings, database, bucket) as parts, parts.records:
        wanted = tuple(told["tasks"].split(","))
        tasks = import_tasks(parts, database, settings)
        await Worker({name: tasks[name] for name in tasks if name.startswith(wanted)}).run()


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.argv[1])))
