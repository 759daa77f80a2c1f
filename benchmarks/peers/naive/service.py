"""P5: the service behind the topic: each document parsed, stored as a row, summed by the hour.

`python -m peers.naive.service` with NAIVE_KAFKA, NAIVE_TOPIC and NAIVE_DATABASE; runs until it
is ended.
"""

import asyncio
import json
import os
from collections import defaultdict
from decimal import Decimal
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer

from peers.naive.models import FocusLine

TABLES = """
    CREATE TABLE IF NOT EXISTS focus_lines (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account text, hour timestamptz,
        service text, region text, sku text, resource text, charge_kind text,
        commitment text, quantity numeric, billed numeric, effective numeric, list numeric,
        tags jsonb
    );
    CREATE TABLE IF NOT EXISTS focus_hours (
        hour timestamptz, account text, service text, region text, status text, lines bigint,
        billed numeric, effective numeric, list numeric,
        PRIMARY KEY (hour, account, service, region, status)
    )
"""
STORE = """
    INSERT INTO focus_lines (account, hour, service, region, sku, resource, charge_kind,
        commitment, quantity, billed, effective, list, tags)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
ADD = """
    INSERT INTO focus_hours VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (hour, account, service, region, status) DO UPDATE SET
        lines = focus_hours.lines + EXCLUDED.lines,
        billed = focus_hours.billed + EXCLUDED.billed,
        effective = focus_hours.effective + EXCLUDED.effective,
        list = focus_hours.list + EXCLUDED.list
"""
BATCH = 500


async def main() -> None:
    topic, brokers = os.environ["NAIVE_TOPIC"], os.environ["NAIVE_KAFKA"]
    connection = await asyncpg.connect(os.environ["NAIVE_DATABASE"])
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id=topic,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        while True:
            found = await consumer.getmany(timeout_ms=200, max_records=BATCH)
            lines = [
                FocusLine.model_validate_json(record.value)
                for records in found.values()
                for record in records
            ]
            if lines:
                await _take(connection, lines)
                await consumer.commit()
    finally:
        await consumer.stop()
        await connection.close()


async def _take(connection: asyncpg.Connection, lines: list[FocusLine]) -> None:
    async with connection.transaction():
        await connection.executemany(STORE, [_row(line) for line in lines])
        await connection.executemany(ADD, _hours(lines))


def _row(line: FocusLine) -> tuple[Any, ...]:
    return (
        line.SubAccountId,
        line.ChargePeriodStart,
        line.ServiceName,
        line.RegionId,
        line.SkuId,
        line.ResourceId,
        line.ChargeKind,
        line.CommitmentDiscountId,
        line.ConsumedQuantity,
        line.BilledCost,
        line.EffectiveCost,
        line.ListCost,
        json.dumps(line.Tags),
    )


def _hours(lines: list[FocusLine]) -> list[tuple[Any, ...]]:
    """The batch's sums by hour, account, service, region and commitment status."""
    sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, *[Decimal(0)] * 3])
    for line in lines:
        hour = line.ChargePeriodStart.replace(minute=0, second=0)
        names = (line.ServiceName, line.RegionId, line.CommitmentDiscountStatus)
        found = sums[hour, line.SubAccountId, *(name or "" for name in names)]
        found[0] += 1
        for place, cost in enumerate((line.BilledCost, line.EffectiveCost, line.ListCost), 1):
            found[place] += cost or 0
    return [(*key, *values) for key, values in sums.items()]


if __name__ == "__main__":
    asyncio.run(main())
