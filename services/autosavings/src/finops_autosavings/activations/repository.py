"""Activations in PostgreSQL."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from finops_autosavings.activations.domain import Activation
from finops_autosavings.activations.tables import activations
from finops_common.db.transaction import Transaction

_c = activations.c
_COLUMNS = (_c.cloud_account_id, _c.active, _c.since, _c.activated_by, _c.version)


class ActivationRepository:
    """The activations of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def list_active(self) -> list[Activation]:
        mine = select(*_COLUMNS).where(
            _c.organization_id == self._tx.organization_id, _c.active.is_(True)
        )
        rows = await self._tx.all(mine.order_by(_c.cloud_account_id))
        return [Activation(**row._mapping) for row in rows]

    async def activate(self, cloud_account_id: UUID, by: UUID) -> Activation | None:
        """The activation; None when it was active already. Of two at once one gets None."""
        new = insert(activations).values(
            organization_id=self._tx.organization_id,
            cloud_account_id=cloud_account_id,
            company_id=self._tx.company_id,
            active=True,
            since=self._tx.now,
            activated_by=by,
        )
        again = new.on_conflict_do_update(
            index_elements=["organization_id", "cloud_account_id"],
            set_={
                "active": True,
                "since": new.excluded.since,
                "activated_by": new.excluded.activated_by,
                "version": _c.version + 1,
            },
            where=_c.active.is_(False),
        )
        row = await self._tx.one_or_none(again.returning(*_COLUMNS))
        return None if row is None else Activation(**row._mapping)

    async def end(self, cloud_account_id: UUID) -> Activation | None:
        """What has ended now; None when it was not active."""
        mine = update(activations).where(
            _c.organization_id == self._tx.organization_id,
            _c.cloud_account_id == cloud_account_id,
            _c.active.is_(True),
        )
        ended = mine.values(active=False, since=self._tx.now, version=_c.version + 1)
        row = await self._tx.one_or_none(ended.returning(*_COLUMNS))
        return None if row is None else Activation(**row._mapping)
