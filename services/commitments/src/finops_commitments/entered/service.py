"""Entering, changing and removing; each change leaves with its event."""

from typing import Generic
from uuid import UUID

from finops_commitments.entered.domain import MOST, D, Entered, Kind
from finops_commitments.entered.problems import TooManyEntered
from finops_commitments.entered.repository import EnteredRepository
from finops_common.acting import Acts
from finops_common.auth.caller import Caller
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import PreconditionFailed
from finops_common.pagination import Page, PageRequest


async def list_entered(tx: Transaction, kind: Kind[D]) -> list[Entered[D]]:
    """All of a kind in the transaction's organization, the oldest first."""
    return await EnteredRepository(tx, kind).list_all()


class EnteredService(Generic[D]):
    """Use cases of what people enter of one kind."""

    def __init__(self, database: Database, kind: Kind[D]) -> None:
        self._database = database
        self._kind = kind

    async def page(self, caller: Caller, request: PageRequest) -> Page[Entered[D]]:
        """Those of the organization. Raises InvalidInput as every list does."""
        async with self._database.transaction(caller) as tx:
            return await self._of(tx).page(request)

    async def get(self, caller: Caller, entered_id: UUID) -> Entered[D]:
        """Raises NotFound."""
        async with self._database.transaction(caller) as tx:
            return await self._of(tx).get(entered_id)

    async def list_all(self, acts: Acts) -> list[Entered[D]]:
        """All of the organization, the oldest first."""
        async with self._database.transaction(acts) as tx:
            return await self._of(tx).list_all()

    async def add(self, caller: Caller, entered_id: UUID, body: D) -> Entered[D]:
        """Enter under this id; what has it already is found, so a repeat enters nothing more.

        Raises:
            TooManyEntered: the organization has as many as it may.
        """
        async with self._database.transaction(caller) as tx:
            all_of = self._of(tx)
            await all_of.lock()
            found = await all_of.find(entered_id)
            if found is not None:
                return found
            if await all_of.count() >= MOST:
                raise TooManyEntered(limit=MOST)
            made = await all_of.add(entered_id, body, caller.user_id)
            self._announce(tx, None, made)
            return made

    async def change(
        self, caller: Caller, entered_id: UUID, body: D, if_version: int | None
    ) -> Entered[D]:
        """Set all of it; what stands already, asked for again, changes nothing.

        Raises:
            NotFound. PreconditionFailed: it has changed since it was read.
        """
        async with self._database.transaction(caller) as tx:
            all_of = self._of(tx)
            before = await all_of.get(entered_id, lock=True)
            # First: who repeats a change whose answer was lost names the version before it.
            if before.body == body:
                return before
            if if_version not in {None, before.version}:
                raise PreconditionFailed
            after = await all_of.change(entered_id, body, caller.user_id)
            self._announce(tx, before, after)
            return after

    async def put(
        self, caller: Caller, entered_id: UUID, body: D, if_version: int | None
    ) -> Entered[D]:
        """Set all of what has its id from elsewhere; what is not there yet has version 0.

        Raises:
            PreconditionFailed: it has changed since it was read.
        """
        async with self._database.transaction(caller) as tx:
            all_of = self._of(tx)
            await all_of.lock()
            before = await all_of.find(entered_id, lock=True)
            if before is not None and before.body == body:
                return before
            if if_version not in {None, before.version if before else 0}:
                raise PreconditionFailed
            write = all_of.change if before else all_of.add
            after = await write(entered_id, body, caller.user_id)
            self._announce(tx, before, after)
            return after

    async def remove(self, caller: Caller, entered_id: UUID, if_version: int | None) -> None:
        """Raises NotFound; PreconditionFailed when it has changed since it was read."""
        async with self._database.transaction(caller) as tx:
            all_of = self._of(tx)
            before = await all_of.get(entered_id, lock=True)
            if if_version not in {None, before.version}:
                raise PreconditionFailed
            await all_of.remove(entered_id)
            self._announce(tx, before, None)

    def _of(self, tx: Transaction) -> EnteredRepository[D]:
        return EnteredRepository(tx, self._kind)

    def _announce(
        self, tx: Transaction, before: Entered[D] | None, after: Entered[D] | None
    ) -> None:
        of = after or before
        assert of is not None  # noqa: S101 - narrows for the type checker
        event = self._kind.event(
            entered_id=of.id,
            organization_id=tx.organization_id,
            before=before and before.body.model_dump(mode="json"),
            after=after and after.body.model_dump(mode="json"),
        )
        tx.publish(event, version=after.version if after else of.version + 1)
