"""The inbox: which handler has already taken which event, and how far each partition is read."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from finops_common.acting import Acting
from finops_common.db.scopes import SYSTEM
from finops_common.db.tables import consumer_positions, inbox
from finops_common.db.transaction import Database, Transaction

KEPT = timedelta(days=90)
"""Longer than any topic or dead letter is: what can come twice is still known."""


async def first_time(tx: Transaction, handler: str, event_id: UUID) -> bool:
    """Write the inbox row; False when it was there, so the effect is there too."""
    statement = insert(inbox).values(handler=handler, event_id=event_id)
    return await tx.execute(statement.on_conflict_do_nothing()) == 1


async def advance(
    tx: Transaction, group: str, topic: str, partition: int, next_offset: int
) -> None:
    """Note, with the effect, the offset to read next; never goes back."""
    row = insert(consumer_positions).values(
        consumer_group=group, topic=topic, partition=partition, next_offset=next_offset
    )
    await tx.execute(
        row.on_conflict_do_update(
            index_elements=["consumer_group", "topic", "partition"],
            set_={"next_offset": row.excluded.next_offset},
            where=consumer_positions.c.next_offset < row.excluded.next_offset,
        )
    )


async def positions(tx: Transaction, group: str) -> dict[tuple[str, int], int]:
    """The offsets to read next, by (topic, partition), as this database knows them."""
    rows = await tx.all(
        select(consumer_positions).where(consumer_positions.c.consumer_group == group)
    )
    return {(row.topic, row.partition): row.next_offset for row in rows}


async def sweep_inbox(database: Database) -> int:
    """Drop rows older than 90 days; how many."""
    async with database.transaction(Acting(SYSTEM)) as tx:
        return await tx.execute(delete(inbox).where(inbox.c.received_at < tx.now - KEPT))
