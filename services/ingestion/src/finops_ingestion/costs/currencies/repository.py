"""Exchange rates in PostgreSQL."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from finops_common.db.transaction import Transaction
from finops_common.pagination import Page, PageRequest, read_page
from finops_ingestion.costs.currencies.domain import Pair, Rate
from finops_ingestion.costs.currencies.tables import exchange_rates

_c = exchange_rates.c
_KEY = (_c.from_currency, _c.to_currency, _c.since)


class RateRepository:
    """The exchange rates of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock(self) -> None:
        """Let changes of this organization's rates come one after another."""
        await self._tx.lock("exchange rates", self._tx.organization_id)

    async def into(self, currency: str, before: date) -> list[Rate]:
        """All rates into a currency that hold from some day before."""
        found = self._mine().where(_c.to_currency == currency, _c.since < before)
        return [_rate(row) for row in await self._tx.all(found)]

    async def find(self, pairs: Collection[Pair]) -> dict[Pair, Rate]:
        """Those of these that there are."""
        keys = [(each.from_currency, each.to_currency, each.since) for each in pairs]
        rates = map(_rate, await self._tx.all(self._mine().where(tuple_(*_KEY).in_(keys))))
        return {rate.of: rate for rate in rates}

    async def page(self, request: PageRequest) -> Page[Rate]:
        return await read_page(
            self._tx,
            self._mine(),
            request,
            sortable={"since": _c.since},
            default="-since",
            unique=_c.from_currency.concat(_c.to_currency),
            make=_rate,
        )

    async def state(self, rates: Sequence[Rate]) -> None:
        """Put these in the place of what there was."""
        rows = [
            {
                "organization_id": self._tx.organization_id,
                "company_id": self._tx.company_id,
                "from_currency": each.of.from_currency,
                "to_currency": each.of.to_currency,
                "since": each.of.since,
                "rate": each.rate,
                "source": each.source,
                "stated_at": self._tx.now,
            }
            for each in rates
        ]
        new = insert(exchange_rates).values(rows)
        values = {name: new.excluded[name] for name in ("rate", "source", "stated_at")}
        key = ["organization_id", *(column.name for column in _KEY)]
        await self._tx.execute(new.on_conflict_do_update(index_elements=key, set_=values))

    async def withdraw(self, pair: Pair) -> None:
        key = (pair.from_currency, pair.to_currency, pair.since)
        mine = delete(exchange_rates).where(_c.organization_id == self._tx.organization_id)
        await self._tx.execute(mine.where(tuple_(*_KEY) == key))

    def _mine(self) -> Any:  # noqa: ANN401 - a select
        found = select(*_KEY, _c.rate, _c.source)
        return found.where(_c.organization_id == self._tx.organization_id)


def _rate(row: Row[Any]) -> Rate:
    return Rate(Pair(row.from_currency, row.to_currency, row.since), row.rate, row.source)
