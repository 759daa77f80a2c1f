"""Subscriptions in PostgreSQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from finops_billing.subscriptions.domain import Cause, StateChange, Subscription
from finops_billing.subscriptions.tables import subscription_changes, subscriptions
from finops_common.contracts.billing import State
from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound

_c, _h = subscriptions.c, subscription_changes.c
SHOWN = 200
"""Lines of history an overview shows, the newest first."""


class SubscriptionRepository:
    """The subscriptions of the transaction's company."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def find(self, subscription_id: UUID) -> Subscription | None:
        row = await self._tx.one_or_none(
            select(subscriptions).where(
                _c.company_id == self._tx.company_id, _c.id == subscription_id
            )
        )
        return None if row is None else _made(row)

    async def get(self, subscription_id: UUID) -> Subscription:
        """Raises NotFound."""
        found = await self.find(subscription_id)
        if found is None:
            raise NotFound
        return found

    async def list_all(self) -> list[Subscription]:
        """Cancelled ones included, the newest first."""
        mine = select(subscriptions).where(_c.company_id == self._tx.company_id)
        return [
            _made(row) for row in await self._tx.all(mine.order_by(_c.started_at.desc(), _c.id))
        ]

    async def list_changes(self) -> list[StateChange]:
        columns = (_h.subscription_id, _h.edition, _h.state, _h.cause, _h.at)
        mine = select(*columns).where(_h.company_id == self._tx.company_id)
        rows = await self._tx.all(
            mine.order_by(_h.at.desc(), _h.subscription_id, _h.version.desc()).limit(SHOWN)
        )
        return [StateChange(**row._mapping) for row in rows]

    async def add(self, subscription: Subscription) -> None:
        values = {name: getattr(subscription, name) for name in subscriptions.c.keys()}  # noqa: SIM118 - a column collection
        await self._tx.execute(insert(subscriptions).values(**values))
        await self._note(subscription, "subscribed")

    async def move(self, subscription: Subscription, state: State, cause: Cause) -> Subscription:
        """Put it into `state` and keep that in the history."""
        values: dict[str, Any] = {"state": state, "version": subscription.version + 1}
        if state == "cancelled":
            values["ended_at"] = self._tx.now
        mine = update(subscriptions).where(
            _c.company_id == self._tx.company_id, _c.id == subscription.id
        )
        moved = _made(await self._tx.one(mine.values(**values).returning(subscriptions)))
        await self._note(moved, cause)
        return moved

    async def _note(self, subscription: Subscription, cause: Cause) -> None:
        line = insert(subscription_changes).values(
            company_id=self._tx.company_id,
            subscription_id=subscription.id,
            version=subscription.version,
            edition=subscription.edition,
            state=subscription.state,
            cause=cause,
            at=self._tx.now,
        )
        await self._tx.execute(line)


async def trials_over(tx: Transaction, limit: int) -> list[tuple[UUID, UUID]]:
    """(company, subscription) of trials past their end, the oldest first; in system scope."""
    due = (
        select(_c.company_id, _c.id)
        .where(_c.state == "trialing", _c.trial_ends_at <= tx.now)
        .order_by(_c.trial_ends_at)
        .limit(limit)
    )
    return [(row.company_id, row.id) for row in await tx.all(due)]


def _made(row: Row[Any]) -> Subscription:
    values = dict(row._mapping)
    values["cloud_account_ids"] = tuple(row.cloud_account_ids)
    return Subscription(**values)
