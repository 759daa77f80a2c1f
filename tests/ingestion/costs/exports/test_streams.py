"""Exports come piece by piece: little memory, no half file that looks whole, turns given back."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from tests.ingestion.costs.exports import growth
from tests.ingestion.costs.small_lake import SmallLake, a_lake, a_line

from finops_common.errors.problem import Unavailable
from finops_common.exports.files import Export
from finops_common.exports.http import FileResponse
from finops_common.exports.streams import Pieces, Turns
from finops_ingestion.costs.domain import Days, Filter, dimension_of
from finops_ingestion.costs.engine import DuckEngine, TooMuchError
from finops_ingestion.costs.exports.focus import FOCUS, focus_statement

AUTUMN = Days(date(2026, 10, 1), date(2026, 12, 1))


def lines_of(duck: DuckEngine, lake: SmallLake, *filters: Filter) -> list[dict[str, object]]:
    files = {name: lake.files[name] for name in ("lines", "tags", "tag_sets")}
    with duck.batches(focus_statement(AUTUMN, filters), files, 2) as batches:
        return [row for batch in batches for row in batch.cast(FOCUS).to_pylist()]


@pytest.mark.req("ING-31", part="FOCUS out")
def test_lines_have_the_columns_of_focus(duck: DuckEngine, tmp_path: Path) -> None:
    tagged = a_line("1.5", resource_id="it's \\ $1", tags={"team": "web"}, region=None)
    lake = a_lake(tmp_path, [tagged, a_line(resource_id="i-2")], [tagged, a_line()])
    mine = Filter(dimension_of("resource"), ("it's \\ $1",))
    team = Filter(dimension_of("tag:team"), ("web",))

    found = sorted(
        lines_of(duck, lake, mine, team), key=lambda each: str(each["BillingPeriodStart"])
    )

    assert len(found) == 2
    assert len(lines_of(duck, lake)) == 4
    line = found[0]
    assert (line["EffectiveCost"], line["BilledCost"]) == (Decimal("1.5"), Decimal(0))
    assert line["ListCost"] == Decimal(0)  # what a bill does not state falls back
    assert line["ChargePeriodStart"] == datetime(2026, 10, 5, 7, tzinfo=UTC)
    assert line["BillingPeriodStart"] == datetime(2026, 10, 1, tzinfo=UTC)
    assert line["BillingPeriodEnd"] == datetime(2026, 11, 1, tzinfo=UTC)
    assert (line["Tags"], line["RegionId"]) == ('{"team":"web"}', None)
    assert {each["BillingPeriodStart"] for each in found} == {
        datetime(2026, month, 1, tzinfo=UTC) for month in (10, 11)
    }


@pytest.mark.req("ING-31", part="exports take little memory, however many lines")
@pytest.mark.req("ING-17", part="the api process grows little")
@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
@pytest.mark.timeout(300)
def test_the_process_grows_little_however_many_lines(form: str, tmp_path: Path) -> None:
    run = [sys.executable, growth.__file__, str(tmp_path), "40000", form]

    done = subprocess.run(run, capture_output=True, text=True, check=True)  # noqa: S603 - our own script

    assert int(done.stdout) < 100


def test_what_does_not_fit_is_told_as_too_much(tmp_path: Path) -> None:
    files = growth.make_lake(tmp_path, 50_000)
    small = DuckEngine(memory_mb=4, threads=1)

    with (
        pytest.raises(TooMuchError),
        small.batches(focus_statement(growth.OCTOBER, ()), files, 1000) as batches,
    ):
        list(batches)
    small.close()


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    (port,) = (each.getsockname()[1] for each in server.servers[0].sockets)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@pytest.mark.req("ING-31", part="exports that break off do not look whole")
async def test_a_file_that_breaks_off_does_not_look_whole() -> None:
    app, closed = FastAPI(), []

    @app.get("/whole")
    def whole() -> FileResponse:
        return FileResponse(Export("a.csv", _pieces([b"a", b"b"], closed)), "csv")

    @app.get("/half")
    def half() -> FileResponse:
        return FileResponse(Export("a.csv", _pieces([b"a", OSError("gone")], closed)), "csv")

    async with served(app) as url, httpx.AsyncClient(base_url=url) as client:
        good = await client.get("/whole")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/half")

    assert good.text == "ab"
    assert good.headers["content-disposition"] == 'attachment; filename="a.csv"'
    assert closed == ["let go", "let go"]


def _pieces(parts: list[bytes | Exception], closed: list[str]) -> Pieces:
    def write() -> Iterator[bytes]:
        for part in parts:
            if isinstance(part, Exception):
                raise part
            yield part

    held = ExitStack()
    held.callback(closed.append, "let go")
    return Pieces(write(), held)


async def test_what_nobody_reads_is_let_go() -> None:
    closed: list[str] = []
    pieces = _pieces([b"a"], closed)

    await pieces.close()
    await pieces.close()

    assert closed == ["let go"]


@pytest.mark.req("ING-31", part="only some exports at once")
def test_who_finds_no_turn_is_told_to_come_again() -> None:
    turns = Turns(2)
    first, _ = turns.take(), turns.take()

    with pytest.raises(Unavailable) as refused:
        turns.take()
    first()

    assert refused.value.retry_after
    assert callable(turns.take())
