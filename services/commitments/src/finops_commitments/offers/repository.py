"""Price lists in PostgreSQL; in system scope, since prices are of no tenant."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, literal, select
from sqlalchemy.dialects.postgresql import insert

from finops_commitments.offers.tables import price_lists
from finops_common.db.transaction import Transaction

_c = price_lists.c


@dataclass(frozen=True, slots=True)
class StoredPrices:
    """A payer's newest price list; `rates` and `reservations` are its rows, packed."""

    provider: str
    payer_account_id: str
    price_list_id: UUID
    listed_at: datetime
    rates: bytes
    reservations: bytes = b""


class PriceListRepository:
    """The newest price list of each payer."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def replace(self, prices: StoredPrices) -> bool:
        """Keep it as the payer's newest; False when a newer one is there."""
        read = ("price_list_id", "listed_at", "rates", "reservations")
        names = ("provider", "payer_account_id", *read)
        row = insert(price_lists).values(**{name: getattr(prices, name) for name in names})
        newer = {name: row.excluded[name] for name in read}
        changed = row.on_conflict_do_update(
            index_elements=["provider", "payer_account_id"],
            set_=newer,
            where=_c.listed_at < row.excluded.listed_at,
        )
        return await self._tx.execute(changed) == 1

    async def list_for(self, payers: Collection[str]) -> list[StoredPrices]:
        found = select(
            *(_c.provider, _c.payer_account_id, _c.price_list_id, _c.listed_at),
            *(_c.rates, _c.reservations),
        ).where(_c.payer_account_id == any_(literal(list(payers), ARRAY(Text))))
        rows = await self._tx.all(found.order_by(_c.provider, _c.payer_account_id))
        return [StoredPrices(**row._mapping) for row in rows]

    async def list_ids(self, payers: Collection[str]) -> list[UUID]:
        """Which lists `list_for` would give, without their rates."""
        found = select(_c.price_list_id).where(
            _c.payer_account_id == any_(literal(list(payers), ARRAY(Text)))
        )
        return [row.price_list_id for row in await self._tx.all(found.order_by(_c.price_list_id))]
