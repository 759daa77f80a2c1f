"""What an organization sees first, from its accounts and its standing bills."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.db.transaction import Database
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.repository import AccountRepository
from finops_ingestion.costs.domain import EARLIEST, LATEST, Days, Metric, Question
from finops_ingestion.costs.overview.domain import (
    HISTORY_DAYS,
    Count,
    Month,
    Overview,
    known_before,
    month_from,
    month_of,
)
from finops_ingestion.costs.overview.query import first_statement, last_statement
from finops_ingestion.costs.query import costs_of, costs_statement
from finops_ingestion.costs.reading import StandingBills
from finops_ingestion.imports.revisions import Pinned


class OverviewService:
    """The use case of the overview."""

    def __init__(self, database: Database, bills: StandingBills) -> None:
        self._database = database
        self._bills = bills

    async def read(self, caller: Caller, metric: Metric) -> Overview:
        """Accounts, days with data, and the months' costs with a forecast by currency."""
        async with self._database.transaction(caller) as tx:
            accounts = await AccountRepository(tx).list_of(tx.organization_id)
            now = tx.now
        pinned = await self._bills.pin(caller, Days(EARLIEST, LATEST))
        newest = _newest(pinned)
        first, last = await self._extent(pinned)
        return Overview(
            today=now.date(),
            accounts=_counts(accounts),
            first_day=first,
            last_day=last,
            as_of=max(newest.values(), default=None),
            months=tuple(await self._months(pinned, now, metric)),
        )

    async def _extent(self, pinned: Sequence[Pinned]) -> tuple[date | None, date | None]:
        periods = sorted({each.period for each in pinned})
        early = [each for each in pinned if each.period in periods[:2]]
        late = [each for each in pinned if each.period in periods[-2:]]
        first = await self._bills.rows(early, first_statement())
        last = await self._bills.rows(late, last_statement())
        return _day(first), _day(last)

    async def _months(self, pinned: Sequence[Pinned], now: datetime, metric: Metric) -> list[Month]:
        today, month = now.date(), month_of(now.date())
        start = min(today - timedelta(days=HISTORY_DAYS + 7), month.before().start)
        question = Question(Days(start, month.end), metric=metric, granularity="day")
        recent = [each for each in pinned if each.period >= month_of(start).before().start]
        found = costs_of(question, await self._bills.rows(recent, costs_statement(question)))
        by_currency: dict[str, dict[date, Decimal]] = defaultdict(dict)
        for cell in found.cells:
            if cell.start is not None:
                by_currency[cell.currency][cell.start.date()] = cell.cost
        until = known_before(_newest(recent), now)
        return [month_from(name, by_currency[name], today, until) for name in sorted(by_currency)]


def _newest(pinned: Iterable[Pinned]) -> dict[UUID, datetime]:
    newest: dict[UUID, datetime] = {}
    for each in pinned:
        known = newest.get(each.billing_source_id, each.as_of)
        newest[each.billing_source_id] = max(known, each.as_of)
    return newest


def _counts(accounts: Iterable[CloudAccount]) -> tuple[Count, ...]:
    states = Counter((each.provider, each.connection, each.collection) for each in accounts)
    found = [Count(*state, accounts=number) for state, number in states.items()]
    return tuple(sorted(found, key=lambda c: (c.provider, c.connection, c.collection or "")))


def _day(rows: Sequence[tuple[datetime | None]]) -> date | None:
    instant = rows[0][0] if rows else None
    return instant.date() if instant else None
