"""Saving, sharing and deleting queries and dashboards."""

from typing import Any
from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion_analytics import DashboardChanged, SavedQueryChanged
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import PreconditionFailed
from finops_common.pagination import Page, PageRequest
from finops_ingestion.costs.saved.domain import MOST, Draft, Kind, Saved
from finops_ingestion.costs.saved.problems import SavedByAnother, TooManySaved
from finops_ingestion.costs.saved.repository import SavedRepository

MAY_DELETE_SHARED = "usage:edit"
"""Who holds it deletes what others share: those may have left the organization."""
_EVENTS: dict[Kind, type[SavedQueryChanged] | type[DashboardChanged]] = {
    "query": SavedQueryChanged,
    "dashboard": DashboardChanged,
}


class SavedService:
    """Use cases of what is saved of one kind.

    A person sees their own and what others share, and changes their own. Who leaves the
    organization leaves behind what they shared; what was private nobody sees, unless they return.
    """

    def __init__(self, database: Database, kind: Kind) -> None:
        self._database = database
        self._kind = kind

    async def page(self, caller: Caller, request: PageRequest) -> Page[Saved]:
        """What the caller sees. Raises InvalidInput as every list does."""
        async with self._database.transaction(caller) as tx:
            return await self._seen(tx, caller).page(request)

    async def get(self, caller: Caller, saved_id: UUID) -> Saved:
        """Raises NotFound, also for what another keeps private."""
        async with self._database.transaction(caller) as tx:
            return await self._seen(tx, caller).get(saved_id)

    async def add(self, caller: Caller, saved_id: UUID, draft: Draft) -> Saved:
        """Save under this id; what has it already is found, so a repeat saves nothing more.

        Raises:
            TooManySaved: the caller has as many as one may.
        """
        async with self._database.transaction(caller) as tx:
            seen = self._seen(tx, caller)
            await seen.lock()
            found = await seen.find(saved_id)
            if found is not None:
                return found
            if await seen.count_own() >= MOST:
                raise TooManySaved(limit=MOST)
            made = await seen.add(saved_id, draft)
            self._announce(tx, None, made, ("name", "shared", "body"))
            return made

    async def change(
        self, caller: Caller, saved_id: UUID, changes: dict[str, Any], if_version: int | None
    ) -> Saved:
        """Set name, sharing or body; what stands already, asked for again, changes nothing.

        Raises:
            NotFound. SavedByAnother: it is not the caller's own.
            PreconditionFailed: it has changed since it was read.
        """
        async with self._database.transaction(caller) as tx:
            seen = self._seen(tx, caller)
            before = await seen.get(saved_id, lock=True)
            if before.owner_id != caller.user_id:
                raise SavedByAnother
            changed = {name: v for name, v in changes.items() if getattr(before, name) != v}
            # First: who repeats a change whose answer was lost names the version before it.
            if not changed:
                return before
            if if_version not in {None, before.version}:
                raise PreconditionFailed
            after = await seen.change(saved_id, **changed)
            self._announce(tx, before, after, tuple(sorted(changed)))
            return after

    async def remove(self, caller: Caller, saved_id: UUID, if_version: int | None) -> None:
        """Delete it; dashboards that show a deleted query say so.

        Raises:
            NotFound. SavedByAnother: it is not the caller's own, and they may not change
                costs of the organization. PreconditionFailed: it has changed since it was read.
        """
        async with self._database.transaction(caller) as tx:
            seen = self._seen(tx, caller)
            before = await seen.get(saved_id, lock=True)
            if caller.user_id != before.owner_id and MAY_DELETE_SHARED not in caller.permissions:
                raise SavedByAnother
            if if_version not in {None, before.version}:
                raise PreconditionFailed
            await seen.remove(saved_id)
            self._announce(tx, before, None, ("name", "shared", "body"))

    def _seen(self, tx: Transaction, caller: Caller) -> SavedRepository:
        return SavedRepository(tx, self._kind, caller.user_id)

    def _announce(
        self, tx: Transaction, before: Saved | None, after: Saved | None, changed: tuple[str, ...]
    ) -> None:
        of = after or before
        assert of is not None  # noqa: S101 - narrows for the type checker
        event = _EVENTS[self._kind](
            saved_id=of.id,
            organization_id=tx.organization_id,
            owner_id=of.owner_id,
            changed=changed,
            before=before and before.told(),
            after=after and after.told(),
        )
        tx.publish(event, version=after.version if after else of.version + 1)
