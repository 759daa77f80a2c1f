"""Answers which tags the lines of the standing bills have."""

import asyncio
from dataclasses import replace

from finops_common.auth.caller import Caller
from finops_common.pagination import Page, PageRequest
from finops_ingestion.costs.cursors import cursor_of, place_of
from finops_ingestion.costs.groups.applying import GroupRules
from finops_ingestion.costs.reading import StandingBills
from finops_ingestion.costs.service import check_days, check_of_items, wrong
from finops_ingestion.costs.tags.domain import Asked, TagKey, TagValue
from finops_ingestion.costs.tags.query import keys_of, keys_statement, values_of, values_statement


class TagService:
    """The use cases of tags."""

    def __init__(self, bills: StandingBills, rules: GroupRules) -> None:
        self._bills = bills
        self._rules = rules

    async def keys(self, caller: Caller, asked: Asked) -> list[TagKey]:
        """Every key, by name. Raises InvalidInput as a cost query does."""
        asked = await self._checked(caller, asked)
        pinned = await self._bills.pin(caller, asked.days)
        statement = await asyncio.to_thread(keys_statement, asked)
        return keys_of(await self._bills.rows(pinned, statement))

    async def values(
        self, caller: Caller, asked: Asked, key: str, containing: str | None, request: PageRequest
    ) -> Page[TagValue]:
        """A key's values, by name; of a key that nobody uses none.

        Raises:
            InvalidInput: as a cost query does, or a cursor or order that is not of this list.
        """
        asked = await self._checked(caller, asked)
        if request.sort not in {None, "value"}:
            raise wrong("sort", "must be value")
        after = None if request.cursor is None else str(place_of(request.cursor, str)[0])
        pinned = await self._bills.pin(caller, asked.days)
        statement = await asyncio.to_thread(
            values_statement, asked, key, containing, after, request.limit
        )
        found = values_of(await self._bills.rows(pinned, statement))
        shown = found[: request.limit]
        return Page(shown, cursor_of(shown[-1].value) if len(found) > len(shown) else None)

    async def _checked(self, caller: Caller, asked: Asked) -> Asked:
        check_days(asked.days)
        check_of_items(asked.filters)
        filters = await self._rules.put_into_filters(caller, asked.filters)
        return replace(asked, filters=filters)
