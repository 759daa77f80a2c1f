"""Searches the bills that stand, and the registered accounts."""

from datetime import timedelta

from finops_common.auth.caller import Caller
from finops_common.db.transaction import Database
from finops_ingestion.accounts.repository import AccountRepository
from finops_ingestion.costs.domain import Days
from finops_ingestion.costs.reading import StandingBills
from finops_ingestion.costs.search.domain import DAYS_BACK, Asked, Hit, Hits, grouped
from finops_ingestion.costs.search.query import search_statement
from finops_ingestion.costs.service import check_days


class SearchService:
    """The use case of searching."""

    def __init__(self, database: Database, bills: StandingBills) -> None:
        self._database = database
        self._bills = bills

    async def search(self, caller: Caller, text: str, days: Days | None, limit: int) -> list[Hits]:
        """What is called so, in the bills of the days, of the last three months if none are named.

        Raises:
            InvalidInput: no days in the range.
        """
        async with self._database.transaction(caller) as tx:
            accounts = await AccountRepository(tx).list_of(tx.organization_id)
            today = tx.now.date()
        last = Days(today - timedelta(days=DAYS_BACK), today + timedelta(days=1))
        asked = Asked(text, days or last, limit)
        check_days(asked.days)
        pinned = await self._bills.pin(caller, asked.days)
        rows = await self._bills.rows(pinned, search_statement(asked))
        names = {account.account_id: account.name for account in accounts}
        hits = [
            Hit(kind, value, key, names.get(value) if kind == "account" else None)
            for kind, key, value in rows
        ]
        named = [
            Hit("account", account.account_id, name=account.name)
            for account in accounts
            if text.lower() in account.name.lower() or text.lower() in account.account_id.lower()
        ]
        return grouped([*hits, *named], asked)
