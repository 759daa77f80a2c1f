"""Writers whose events must come out whole and in order, and how to judge what came out."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Iterable
from random import Random

import orjson
from aiokafka import ConsumerRecord
from sqlalchemy import text
from tests.common.probe.contracts import note_taken
from tests.common.probe.running import EVERYBODY, firsts

from finops_common.db.transaction import Database

_LOCK_BOOK = text("SELECT pg_advisory_xact_lock(hashtext(:book))")


class Books:
    """What was written: per book the numbers in the order in which they committed."""

    def __init__(self, books: int = 6) -> None:
        self.written: dict[str, list[int]] = {
            f"{secrets.token_hex(2)}-{n}": [] for n in range(books)
        }

    @property
    def count(self) -> int:
        return sum(map(len, self.written.values()))

    async def write(self, database: Database, times: int, seed: int) -> None:
        """Publish `times` in random books, each under its book's lock as an aggregate's row would be."""
        chance = Random(seed)  # noqa: S311 - no secret
        for _ in range(times):
            book = chance.choice(list(self.written))
            async with database.transaction(EVERYBODY) as tx:
                await tx.connection.execute(_LOCK_BOOK, {"book": book})
                number = len(self.written[book]) + 1
                tx.publish(note_taken(number, book))
                await tx.flush()
                await asyncio.sleep(chance.random() * 0.01)
                # Still under the lock, so this is the order of commits; nothing fails after it.
                self.written[book].append(number)

    def complete(self, found: Iterable[ConsumerRecord]) -> bool:
        """Whether nothing is missing yet."""
        return len(firsts(found)) >= self.count

    def read(self, found: Iterable[ConsumerRecord]) -> dict[str, list[int]]:
        """The numbers by book, in the order of first appearance."""
        numbers: dict[str, list[int]] = defaultdict(list)
        for record in firsts(found):
            value = orjson.loads(record.value)
            numbers[value["book"]].append(value["number"])
        return dict(numbers)
