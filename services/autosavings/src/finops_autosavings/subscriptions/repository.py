"""Subscriptions in PostgreSQL."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from finops_autosavings.subscriptions.domain import Subscription
from finops_autosavings.subscriptions.tables import subscriptions
from finops_common.db.transaction import Transaction

_STATE = ("edition", "state", "cloud_account_ids", "version")


class SubscriptionRepository:
    """The subscriptions of the transaction's company."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def list_all(self) -> list[Subscription]:
        mine = select(subscriptions).where(subscriptions.c.company_id == self._tx.company_id)
        return [
            Subscription(**{**row._mapping, "cloud_account_ids": tuple(row.cloud_account_ids)})
            for row in await self._tx.all(mine)
        ]

    async def keep(self, said: Subscription) -> None:
        """Keep the newest state; an older one that comes late changes nothing."""
        row = insert(subscriptions).values(
            company_id=said.company_id,
            id=said.id,
            edition=said.edition,
            state=said.state,
            cloud_account_ids=list(said.cloud_account_ids),
            version=said.version,
        )
        await self._tx.execute(
            row.on_conflict_do_update(
                index_elements=["company_id", "id"],
                set_={name: row.excluded[name] for name in _STATE},
                where=subscriptions.c.version < row.excluded.version,
            )
        )
