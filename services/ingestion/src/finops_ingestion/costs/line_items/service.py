"""Lists line items of the revisions that stand."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.pagination import Page, PageRequest
from finops_ingestion.costs.cursors import bad_cursor, cursor_of, place_of
from finops_ingestion.costs.domain import Days, Filter
from finops_ingestion.costs.groups.applying import GroupRules
from finops_ingestion.costs.line_items.domain import LineItem, Place, Wanted
from finops_ingestion.costs.line_items.query import line_of, lines_statement
from finops_ingestion.costs.reading import StandingBills
from finops_ingestion.costs.service import check_days, check_of_items, wrong

OLDEST, NEWEST = "charge_start", "-charge_start"


class LineItemService:
    """The use cases of line items."""

    def __init__(self, bills: StandingBills, rules: GroupRules) -> None:
        self._bills = bills
        self._rules = rules

    async def page(
        self,
        caller: Caller,
        days: Days,
        filters: tuple[Filter, ...],
        request: PageRequest,
        sources: Sequence[UUID] = (),
    ) -> Page[LineItem]:
        """The lines that began on these days, by time.

        A bill that is replaced between two pages goes on with what stands then.

        Raises:
            InvalidInput: no days, a filter that lines have no column for, or a cursor or
                order that is not of this list.
        """
        check_days(days)
        check_of_items(filters)
        wanted = _wanted(days, await self._rules.put_into_filters(caller, filters), request)
        pinned = await self._bills.pin(caller, days, sources)
        statement = await asyncio.to_thread(lines_statement, wanted)
        rows = await self._bills.rows(pinned, statement)
        found = [line_of(row) for row in rows[: request.limit]]
        more = len(rows) > request.limit
        cursor = _cursor(request.sort or OLDEST, found[-1][1]) if more else None
        return Page([item for item, _ in found], cursor)


def _wanted(days: Days, filters: tuple[Filter, ...], request: PageRequest) -> Wanted:
    sort = request.sort or OLDEST
    if sort not in {OLDEST, NEWEST}:
        raise wrong("sort", f"must be {OLDEST} or {NEWEST}")
    after = None if request.cursor is None else _place(request.cursor, sort)
    return Wanted(days, filters, sort == NEWEST, after, request.limit)


def _cursor(sort: str, place: Place) -> str:
    return cursor_of(sort, place.charge_start.isoformat(), place.part, place.line)


def _place(cursor: str, sort: str) -> Place:
    made_for, start, part, line = place_of(cursor, str, str, str, int)
    try:
        moment = datetime.fromisoformat(str(start))
    except ValueError:
        raise bad_cursor() from None
    if made_for != sort or moment.tzinfo is not None:
        raise bad_cursor()
    return Place(moment, str(part), int(line))
