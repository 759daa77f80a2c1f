"""Making, changing, checking and running deliveries."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.db.transaction import Database
from finops_common.errors.problem import NotFound, PreconditionFailed, Unavailable
from finops_common.pagination import Page, PageRequest
from finops_ingestion.costs.deliveries.announcing import announce_change, announce_check
from finops_ingestion.costs.deliveries.domain import (
    MOST,
    Cause,
    Daily,
    Delivery,
    DeliveryBrokenError,
    Draft,
    Run,
    role_name,
)
from finops_ingestion.costs.deliveries.opening import Opening
from finops_ingestion.costs.deliveries.problems import MayNotSeeCosts, TooManyDeliveries
from finops_ingestion.costs.deliveries.queueing import queue_run
from finops_ingestion.costs.deliveries.repository import (
    DeliveryRepository,
    RunRepository,
    written,
)
from finops_ingestion.costs.deliveries.template import delivery_template

SEES_COSTS = "usage:view"
"""Who has lines of bills delivered must be one who may see them."""


@dataclass(frozen=True)
class DeliveryStack:
    """What a customer runs in the bucket's account."""

    template: str
    external_id: str
    role_name: str


class DeliveryService:
    """Use cases of deliveries; `principal` is what the roles of stacks trust."""

    def __init__(self, database: Database, opening: Opening, principal: str | None) -> None:
        self._database = database
        self._opening = opening
        self._principal = principal

    async def page(self, caller: Caller, request: PageRequest) -> Page[Delivery]:
        """The organization's. Raises InvalidInput as every list does."""
        async with self._database.transaction(caller) as tx:
            return await DeliveryRepository(tx).page(request)

    async def get(self, caller: Caller, delivery_id: UUID) -> Delivery:
        """Raises NotFound."""
        async with self._database.transaction(caller) as tx:
            return await DeliveryRepository(tx).get(delivery_id)

    async def add(self, caller: Caller, delivery_id: UUID, draft: Draft) -> Delivery:
        """Make it under this id; what has it already is found. Nothing leaves before a check.

        Raises:
            TooManyDeliveries. MayNotSeeCosts: the caller would take away what they may not see.
        """
        _see_costs(caller)
        async with self._database.transaction(caller) as tx:
            deliveries = DeliveryRepository(tx)
            await deliveries.lock()
            found = await deliveries.find(delivery_id)
            if found is not None:
                return found
            if await deliveries.count() >= MOST:
                raise TooManyDeliveries(limit=MOST)
            made = await deliveries.add(delivery_id, draft)
            announce_change(tx, None, made, ("name", "enabled", "terms"))
            return made

    async def change(
        self, caller: Caller, delivery_id: UUID, changes: dict[str, Any], if_version: int | None
    ) -> Delivery:
        """Set name, enabled or terms; another destination must be checked again.

        Raises:
            NotFound, MayNotSeeCosts. PreconditionFailed: it has changed since it was read.
        """
        _see_costs(caller)
        async with self._database.transaction(caller) as tx:
            deliveries = DeliveryRepository(tx)
            before = await deliveries.get(delivery_id, lock=True)
            changed = {name: v for name, v in changes.items() if getattr(before, name) != v}
            # First: who repeats a change whose answer was lost names the version before it.
            if not changed:
                return before
            if if_version not in {None, before.version}:
                raise PreconditionFailed
            values = dict(changed)
            if "terms" in changed:
                values["terms"] = written(changed["terms"])
                values["due_at"] = tx.now
                if changed["terms"].destination != before.terms.destination:
                    values |= {"proven_at": None, "cause": None, "checked_at": None}
            after = await deliveries.change(delivery_id, values)
            announce_change(tx, before, after, tuple(sorted(changed)))
            return after

    async def remove(self, caller: Caller, delivery_id: UUID, if_version: int | None) -> None:
        """Delete it; what it has delivered stays where it is.

        Raises:
            NotFound. PreconditionFailed: it has changed since it was read.
        """
        async with self._database.transaction(caller) as tx:
            deliveries = DeliveryRepository(tx)
            before = await deliveries.get(delivery_id, lock=True)
            if if_version not in {None, before.version}:
                raise PreconditionFailed
            await deliveries.remove(delivery_id)
            announce_change(tx, before, None, ("name", "enabled", "terms"))

    async def check(self, caller: Caller, delivery_id: UUID) -> Delivery:
        """Write an object where files would lie, and remove it; what is wrong is noted.

        Raises:
            NotFound.
        """
        delivery = await self.get(caller, delivery_id)
        cause: Cause | None = None
        try:
            await self._opening.prove(caller, delivery)
        except DeliveryBrokenError as error:
            cause = error.cause
        async with self._database.transaction(caller) as tx:
            deliveries = DeliveryRepository(tx)
            before = await deliveries.get(delivery_id, lock=True)
            noted: dict[str, Any] = {"cause": cause, "checked_at": tx.now}
            if cause is None and before.proven_at is None:
                daily = isinstance(before.terms.schedule, Daily)
                due = before.next_due(tx.now) if daily else tx.now
                noted |= {"proven_at": tx.now, "due_at": due}
            await deliveries.note(delivery, noted)
            announce_check(tx, delivery, cause)
            return await deliveries.get(delivery_id)

    async def run(self, caller: Caller, run_id: UUID, delivery_id: UUID, *, anew: bool) -> Run:
        """Queue a run now; the one that is under way, if there is one.

        Raises:
            NotFound, MayNotSeeCosts.
        """
        _see_costs(caller)
        async with self._database.transaction(caller) as tx:
            delivery = await DeliveryRepository(tx).get(delivery_id, lock=True)
            runs = RunRepository(tx)
            found = await runs.find(run_id) or await runs.find_active(delivery_id)
            return found or await queue_run(tx, delivery, run_id, "request", anew=anew)

    async def runs(self, caller: Caller, delivery_id: UUID, request: PageRequest) -> Page[Run]:
        """Newest first. Raises NotFound, and InvalidInput as every list does."""
        async with self._database.transaction(caller) as tx:
            await DeliveryRepository(tx).get(delivery_id)
            return await RunRepository(tx).page(delivery_id, request)

    async def get_run(self, caller: Caller, delivery_id: UUID, run_id: UUID) -> Run:
        """Raises NotFound."""
        async with self._database.transaction(caller) as tx:
            run = await RunRepository(tx).find(run_id)
        if run is None or run.delivery_id != delivery_id:
            raise NotFound
        return run

    async def stack(self, caller: Caller, delivery_id: UUID) -> DeliveryStack:
        """What gives us the right to write, and only there.

        Raises:
            NotFound. Unavailable: this installation has no principal that a role could trust.
        """
        if self._principal is None:
            raise Unavailable
        delivery = await self.get(caller, delivery_id)
        external_id = await self._opening.external_id(caller, delivery)
        template = delivery_template(self._principal, external_id, delivery)
        return DeliveryStack(template, external_id, role_name(delivery.id))


def _see_costs(caller: Caller) -> None:
    if SEES_COSTS not in caller.permissions:
        raise MayNotSeeCosts(permission=SEES_COSTS)
