"""Lists: the pages together are the list, whatever the sort, the limit and what is added."""

import base64
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy import Row, select
from tests.common.probe.running import EVERYBODY, add_note
from tests.common.probe.tables import MIGRATIONS, notes

from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.errors.problem import InvalidInput
from finops_common.pagination import Page, PageRequest, listing, page_request, read_page
from finops_common.testing.databases import Databases

pytestmark = pytest.mark.req("PLAT-3", part="lists")
SORTABLE = {
    "name": notes.c.name,
    "rank": notes.c.rank,
    "amount": notes.c.amount,
    "day": notes.c.day,
    "at": notes.c.at,
    "id": notes.c.id,
}
NAMES = ["b", "a", "한" * 200, "Ä", "a", "", "B", "😀", "b", "ab"]
START = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def listed(databases: Databases):  # type: ignore[no-untyped-def] # noqa: ANN201 - a generator of Database
    """Thirty notes with many equal values; only read here."""
    made = await databases.clone("probe", MIGRATIONS)
    engine = create_engine(made.service_url, name="probe")
    database = Database(engine, "probe")
    async with database.transaction(EVERYBODY) as tx:
        for n in range(30):
            await add_note(
                tx,
                NAMES[n % len(NAMES)],
                rank=n % 4 - 2,
                amount=Decimal(n % 7) / 8,
                day=date(2026, 1, 1 + n % 5),
                at=START + timedelta(microseconds=n % 3),
            )
    yield database
    await engine.dispose()


async def page(database: Database, request: PageRequest) -> Page[Row[Any]]:
    async with database.transaction(EVERYBODY) as tx:
        return await read_page(
            tx,
            select(notes),
            request,
            sortable=SORTABLE,
            default="id",
            unique=notes.c.id,
            make=lambda row: row,
        )


async def whole(database: Database, sort: str, limit: int) -> list[Row[Any]]:
    found, cursor = [], None
    while True:
        part = await page(database, PageRequest(limit, cursor, sort))
        found += part.items
        cursor = part.next_cursor
        if cursor is None:
            return found


SORTS = st.sampled_from([sign + name for name in SORTABLE for sign in ("", "-")])


@given(sort=SORTS, limit=st.integers(1, 40))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_the_pages_together_are_the_sorted_list(
    listed: Database, sort: str, limit: int
) -> None:
    paged = await whole(listed, sort, limit)
    at_once = await page(listed, PageRequest(200, None, sort))

    assert [row.id for row in paged] == [row.id for row in at_once.items]
    assert len({row.id for row in paged}) == 30


async def test_rows_added_between_pages_neither_repeat_nor_hide_others(database: Database) -> None:
    async with database.transaction(EVERYBODY) as tx:
        for n in range(10):
            await add_note(tx, "before", rank=2 * n)
    first = await page(database, PageRequest(5, None, "rank"))
    async with database.transaction(EVERYBODY) as tx:
        for rank in (-1, 3, 8, 9, 100):
            await add_note(tx, "added", rank=rank)
    second = await page(database, PageRequest(50, first.next_cursor, "rank"))

    assert [row.rank for row in first.items] == [0, 2, 4, 6, 8]
    assert [row.rank for row in second.items if row.name == "before"] == [10, 12, 14, 16, 18]
    assert [row.rank for row in second.items if row.name == "added"] == [8, 9, 100]


def forged(*parts: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode()


ID = "0192f0c1-2222-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        ("id", "rubbish"),
        ("id", "한"),
        ("id", forged("id", ID)),
        ("id", forged("id", "x", ID)),
        ("rank", forged("id", 1, ID)),
        ("rank", forged("rank", "many", ID)),
        ("rank", base64.urlsafe_b64encode(b'["rank",1e30,"%s"]' % ID.encode()).decode()),
        ("rank", forged("rank", None, ID)),
        ("rank", forged("rank", [1], ID)),
        ("name", forged("name", "\0", ID)),
        ("amount", forged("amount", "much", ID)),
        ("day", forged("day", "2026-13-01", ID)),
        ("at", forged("at", "2026-05-01T00:00:00", ID)),
        ("at", forged("at", "now", ID)),
        ("id", base64.urlsafe_b64encode(b"{}").decode()),
    ],
)
@pytest.mark.req("PLAT-2", part="never a bare 500 for a cursor")
async def test_a_cursor_that_is_not_of_this_list_is_refused(
    listed: Database, sort: str, cursor: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await page(listed, PageRequest(5, cursor, sort))

    assert [error.field for error in refused.value.errors] == ["query.cursor"]


@pytest.mark.parametrize("sort", ["person_id", "--rank", "-", "rank desc", "Rank"])
async def test_an_unknown_sort_is_refused(listed: Database, sort: str) -> None:
    with pytest.raises(InvalidInput, match="invalid-input") as refused:
        await page(listed, PageRequest(5, None, sort))

    assert refused.value.errors[0].field == "query.sort"


async def test_every_cursor_we_give_is_short_enough_to_be_taken_back(listed: Database) -> None:
    part = await page(listed, PageRequest(1, None, "-name"))
    allowed = page_request.__annotations__["cursor"].__metadata__[0].metadata[0].max_length

    longest = forged("-name", "😀" * 200, ID)

    assert part.next_cursor
    assert len(longest) <= allowed


class View(BaseModel):
    name: str
    rank: int


def test_only_the_fields_asked_for_come() -> None:
    shown = listing(
        Page([1], None),
        PageRequest(fields=frozenset({"rank"})),
        View,
        lambda n: View(name="a", rank=n),
    )

    assert orjson.loads(shown.body) == {"items": [{"rank": 1}], "next_cursor": None}  # type: ignore[union-attr] # a response, since fields were asked for


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(InvalidInput):
        listing(
            Page([1], None),
            PageRequest(fields=frozenset({"password"})),
            View,
            lambda n: View(name="a", rank=n),
        )
