"""Dashboards over HTTP: layouts that fit, queries that readers see, tiles whose query is gone."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ingestion.conftest import Customer
from tests.ingestion.costs.saved.people import Arrive, Desk, a_query
from tests.ingestion.reading import Told

from finops_common.contracts.ingestion_analytics import ANALYTICS, DashboardChanged
from finops_ingestion.costs.saved.dashboards.domain import COLUMNS, Tile, flaws

pytestmark = pytest.mark.timeout(300)
TILES = st.builds(
    Tile,
    st.just(uuid4()),
    st.just("table"),
    st.integers(0, COLUMNS - 1),
    st.integers(0, 6),
    st.integers(1, COLUMNS),
    st.integers(1, 4),
)


@pytest.fixture
def desk(customer: Customer) -> Desk:
    return Desk(customer)


@pytest.fixture
def boards(customer: Customer) -> Desk:
    return Desk(customer, "dashboards")


def a_tile(query: str, x: int = 0, y: int = 0, width: int = 6, height: int = 4) -> dict[str, Any]:
    place = {"x": x, "y": y, "width": width, "height": height}
    return {"query_id": query, "picture": "bar", **place}


def a_board(*tiles: dict[str, Any], name: str = "Costs", shared: bool = False) -> dict[str, Any]:
    return {"name": name, "shared": shared, "tiles": list(tiles)}


@pytest.mark.req("ING-31", part="no tile of a dashboard lies over another")
@given(st.lists(TILES, max_size=6))
def test_a_layout_is_right_if_no_cell_of_the_grid_is_taken_twice(tiles: list[Tile]) -> None:
    cells = [
        (x, y)
        for tile in tiles
        for x in range(tile.x, tile.x + tile.width)
        for y in range(tile.y, tile.y + tile.height)
    ]
    fits = len(set(cells)) == len(cells) and all(x < COLUMNS for x, _ in cells)

    assert (not list(flaws(tiles))) == fits


@pytest.mark.req("ING-31", part="saved dashboards, private or shared")
async def test_a_dashboard_is_kept_as_it_was_laid_out(
    desk: Desk, boards: Desk, arrive: Arrive
) -> None:
    bob = await boards.colleague(arrive)
    query = await desk.saved(a_query("Services", shared=True))
    tiles = [a_tile(query["id"]), a_tile(query["id"], x=6)]

    private = await boards.saved(a_board(*tiles, name="mine"))
    shared = await boards.saved(a_board(*tiles, shared=True))

    assert [
        {k: v for k, v in each.items() if k != "query_name"} for each in shared["tiles"]
    ] == tiles
    assert {each["query_name"] for each in shared["tiles"]} == {"Services"}
    assert await boards.names(bob) == ["Costs"]
    assert await boards.names() == ["Costs", "mine"]
    assert await desk.names() == ["Services"]
    assert (await boards.ask("GET", f"/{shared['id']}", by=bob)).json() == shared
    assert (await boards.ask("GET", f"/{private['id']}", by=bob)).status_code == 404
    assert (await desk.ask("GET", f"/{shared['id']}")).status_code == 404
    refused = await boards.ask("PATCH", f"/{shared['id']}", {"name": "x"}, by=bob)
    assert refused.json()["code"] == "saved-by-another"
    assert (await boards.ask("DELETE", f"/{shared['id']}", by=bob)).status_code == 403
    assert (await boards.ask("DELETE", f"/{shared['id']}")).status_code == 204


@pytest.mark.req("ING-31", part="dashboards are refused by field")
async def test_layouts_that_do_not_fit_are_refused_by_tile(
    desk: Desk, boards: Desk, arrive: Arrive
) -> None:
    bob = await boards.colleague(arrive)
    mine = (await desk.saved(a_query()))["id"]
    bobs = (await desk.saved(a_query(), by=bob))["id"]
    wrong = [
        ([a_tile(mine), a_tile(mine, x=5, y=3)], {"1"}),
        ([a_tile(mine, x=7)], {"0.width"}),
        ([a_tile(mine, x=12)], {"0.x"}),
        ([a_tile(mine, height=0)], {"0.height"}),
        ([a_tile(mine) | {"picture": "hologram"}], {"0.picture"}),
        ([a_tile(mine), a_tile(str(uuid4()), x=6)], {"1.query_id"}),
        ([a_tile(bobs)], {"0.query_id"}),
    ]

    for tiles, fields in wrong:
        expected = {f"body.tiles.{each}" for each in fields}
        assert await boards.wrong(a_board(*tiles)) == expected, tiles
    unseen = await boards.wrong(a_board(a_tile(mine), shared=True))
    assert unseen == {"body.tiles.0.query_id"}
    made = await boards.saved(a_board(a_tile(mine)))
    shared = await boards.ask("PATCH", f"/{made['id']}", {"shared": True})
    assert shared.status_code == 422
    assert await boards.names() == ["Costs"]


@pytest.mark.req("ING-31", part="a deleted query leaves a tile that says so")
async def test_a_tile_says_that_its_query_is_gone(desk: Desk, boards: Desk, arrive: Arrive) -> None:
    bob = await boards.colleague(arrive)
    gone = (await desk.saved(a_query(shared=True), by=bob))["id"]
    hidden = (await desk.saved(a_query("Regions", shared=True), by=bob))["id"]
    made = await boards.saved(a_board(a_tile(gone), a_tile(hidden, x=6), shared=True))
    path = f"/{made['id']}"

    await desk.ask("DELETE", f"/{gone}", by=bob)
    await desk.ask("PATCH", f"/{hidden}", {"shared": False}, by=bob)

    left = (await boards.ask("GET", path)).json()["tiles"]
    assert [each["query_name"] for each in left] == [None, None]
    assert (await boards.ask("GET", path, by=bob)).json()["tiles"][1]["query_name"] == "Regions"
    renamed = await boards.ask("PATCH", path, {"name": "Left"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Left")
    emptied = await boards.ask("PATCH", path, {"tiles": []})
    assert (emptied.status_code, emptied.json()["tiles"]) == (200, [])


@pytest.mark.req("PLAT-4", part="dashboards")
async def test_nobody_overwrites_a_dashboard_they_have_not_seen(boards: Desk, told: Told) -> None:
    made = await boards.saved(a_board(shared=True))
    path, seen = f"/{made['id']}", {"If-Match": '"1"'}

    answers = await asyncio.gather(
        *(boards.ask("PATCH", path, {"name": name}, **seen) for name in ("one", "two"))
    )

    assert sorted(each.status_code for each in answers) == [200, 412]
    assert (await boards.ask("DELETE", path, **seen)).status_code == 412
    assert (await boards.ask("DELETE", path, **{"If-Match": '"2"'})).status_code == 204
    events = await told(ANALYTICS, made["id"], least=3)
    assert [type(each.data) for each in events] == [DashboardChanged] * 3
    assert [each.data.changed for each in events][1] == ("name",)


@pytest.mark.req("PLAT-5", part="dashboards")
async def test_a_stranger_finds_no_dashboard(boards: Desk, arrive: Arrive) -> None:
    made = await boards.saved(a_board(shared=True))
    stranger = await arrive()

    for method, path, body in (
        ("GET", "", None),
        ("POST", "", a_board()),
        ("GET", f"/{made['id']}", None),
        ("PATCH", f"/{made['id']}", {"name": "x"}),
        ("DELETE", f"/{made['id']}", None),
    ):
        answer = await boards.ask(method, path, body, by=stranger)
        assert answer.status_code == 404, (method, path)
