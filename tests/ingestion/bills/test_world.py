"""Bills of the sandbox's world say what its books say, in every format and revision."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_ingestion.bills.conversion import Conversion
from finops_sandbox.world import World, build_world
from finops_sandbox.world.books import Measures, books
from finops_sandbox.world.publish import FolderStore, Format, publish

pytestmark = pytest.mark.timeout(180)
Convert = Callable[..., Conversion]
Rows = Callable[..., list[dict[str, Any]]]
OPEN, CLOSED = date(2026, 11, 1), date(2026, 10, 1)
FORMATS: tuple[Format, ...] = ("cur-legacy", "cur2", "focus-1.2")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Case:
    month: date
    revision: int
    what: str


CASES = (
    Case(OPEN, 1, "open, with late usage missing"),
    Case(OPEN, 3, "open, up to now"),
    Case(CLOSED, 1, "closed"),
    Case(CLOSED, 2, "restated"),
)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(7, datetime(2026, 11, 3, 10, tzinfo=UTC), months=1)


def sums(rows: list[dict[str, Any]], column: str) -> dict[str, tuple[Decimal, Decimal]]:
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for row in rows:
        billed, effective = found.get(row[column], (Decimal(0), Decimal(0)))
        found[row[column]] = (billed + row["billed_cost"], effective + row["effective_cost"])
    return found


def booked(scopes: Mapping[str, Measures]) -> dict[str, tuple[Decimal, Decimal]]:
    return {name: (each.billed_total, each.effective_total) for name, each in scopes.items()}


def agree(
    found: Mapping[str, tuple[Decimal, ...]], wanted: Mapping[str, tuple[Decimal, ...]]
) -> bool:
    return found.keys() == wanted.keys() and all(
        abs(mine - theirs) < CENT
        for name in wanted
        for mine, theirs in zip(found[name], wanted[name], strict=True)
    )


@pytest.mark.req("ING-10", part="legacy CUR, CUR 2.0 and FOCUS 1.2 of AWS")
@pytest.mark.parametrize("bill_format", FORMATS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_a_bill_costs_what_the_books_say_per_account_and_service(
    case: Case, bill_format: Format, world: World, tmp_path: Path, convert: Convert, hourly: Rows
) -> None:
    expected = books(world, case.month, case.revision)
    publish(world, case.month, case.revision, bill_format, FolderStore(tmp_path / "bucket"))

    conversion = convert(tmp_path / "bucket", line_items=False)

    rows = hourly(conversion)
    payer = {"all": (expected.payer.billed_total, expected.payer.effective_total)}
    assert agree(sums([row | {"all": "all"} for row in rows], "all"), payer)
    assert agree(sums(rows, "account_id"), booked(expected.accounts))
    assert agree(sums(rows, "service"), booked(expected.services))
    assert conversion.invoiced == (case.month == CLOSED)
    assert conversion.reached is not None
    assert expected.ends_at - conversion.reached < timedelta(hours=24)
    assert conversion.findings == ()
