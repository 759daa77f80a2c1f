"""`Idempotency-Key`: a repeat of the same request finds the effect of the first (PLAT-4).

The row reserves the id of what will be made. The effect uses that id, so after a crash
at any line the repeat either finds it or makes it, and the answer is built from it anew.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.acting import Acting
from finops_common.db.scopes import SYSTEM
from finops_common.db.tables import idempotency
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import IdempotencyKeyReused, StillRunning
from finops_common.ids import new_id

LEASE = timedelta(seconds=60)
KEPT = timedelta(hours=48)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RequestIdentity:
    """One request as a repeat of it would look: who, where, which key, which body."""

    caller: str
    route: str
    key: str
    body: bytes


class Idempotency:
    """Runs effects once per request identity."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def once(
        self, request: RequestIdentity | None, effect: Callable[[UUID], Awaitable[T]]
    ) -> T:
        """Run `effect` with the reserved id; it must make, or find, what has that id.

        Without a key (`request` None) the id is new each time.

        Raises:
            IdempotencyKeyReused: the key came before with another body.
            StillRunning: the first request has not ended and its lease is not over.
        """
        if request is None:
            return await effect(new_id())
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            resource_id = await self._claim(tx, request)
        try:
            answer = await effect(resource_id)
        except BaseException:
            await self._set(request, "failed")
            raise
        await self._set(request, "done")
        return answer

    async def _claim(self, tx: Transaction, request: RequestIdentity) -> UUID:
        digest = hashlib.sha256(request.body).digest()
        row = insert(idempotency).values(
            caller=request.caller,
            route=request.route,
            key=request.key,
            body_hash=digest,
            resource_id=new_id(),
            lease_until=tx.now + LEASE,
            created_at=tx.now,
        )
        fresh = await tx.execute(row.on_conflict_do_nothing()) == 1
        found = await tx.one(select(idempotency).where(*_is(request)).with_for_update())
        if found.body_hash != digest:
            raise IdempotencyKeyReused
        if not fresh and found.state == "running" and found.lease_until > tx.now:
            raise StillRunning(retry_after=1)
        if found.state != "done":
            await tx.execute(
                update(idempotency)
                .where(*_is(request))
                .values(state="running", lease_until=tx.now + LEASE)
            )
        resource_id: UUID = found.resource_id
        return resource_id

    async def _set(self, request: RequestIdentity, state: str) -> None:
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            await tx.execute(update(idempotency).where(*_is(request)).values(state=state))

    async def sweep(self) -> int:
        """Drop keys older than 48 h."""
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            return await tx.execute(
                delete(idempotency).where(idempotency.c.created_at < tx.now - KEPT)
            )


def _is(request: RequestIdentity) -> tuple[ColumnElement[bool], ...]:
    return (
        idempotency.c.caller == request.caller,
        idempotency.c.route == request.route,
        idempotency.c.key == request.key,
    )
