"""P9: a month's costs by service, of all lines and of those with a tag, as the route asks them.

The use case behind GET /costs, its pinning of revisions in PostgreSQL included. All lines are
summed from hourly records; beside it, as a fact, the same sum over the single lines.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from sqlalchemy import Select, func, select

from finops_common.blobs import FolderBlobs
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_ingestion.costs.currencies.service import RateService
from finops_ingestion.costs.domain import Days, Dimension, Filter, Question
from finops_ingestion.costs.engine import DuckEngine
from finops_ingestion.costs.groups.applying import GroupRules
from finops_ingestion.costs.lake import Rows, within
from finops_ingestion.costs.reading import StandingBills
from finops_ingestion.costs.service import CostService
from finops_ingestion.imports.revisions import RevisionService
from lake import ensure_lake, shares_of, stand
from product.stores import service_database
from sides import Clock, Given, Sample

TAG, VALUE = "env", "prod"
MONTH = Days(date(2026, 10, 1), date(2026, 11, 1))
SERVICE = Dimension("service")
PLAIN = Question(MONTH, by=(SERVICE,), top=1000)
TAGGED = Question(MONTH, by=(SERVICE,), top=1000, filters=(Filter(Dimension("tag", TAG), (VALUE,)),))  # fmt: skip
ROUNDS = 7
Sums = dict[str, str]
"""Costs by service."""


async def measure(given: Given) -> Sample:
    folder = await ensure_lake(given.size)
    shares = shares_of(folder)
    stored = await service_database(given, "ingestion")
    pool = create_engine(stored.service_url, name="bench", pool_size=2)
    database = Database(pool, "ingestion")
    blobs, duck = FolderBlobs(folder), DuckEngine()
    bills = StandingBills(RevisionService(database, blobs), blobs, duck)
    costs = CostService(bills, GroupRules(database), RateService(database))
    caller = await stand(database, shares)

    async def ask(question: Question) -> Sums:
        _, found, _ = await costs.ask(caller, question)
        return sums((group.values[0], group.cost) for group in found.groups)

    async def of_lines() -> Sums:
        pinned = await bills.pin(caller, MONTH)
        return sums(await bills.rows(pinned, _over_lines()))

    try:
        sample = await clocked({"plain": lambda: ask(PLAIN), "tagged": lambda: ask(TAGGED), "of_lines": of_lines})  # fmt: skip
    finally:
        duck.close()
        await pool.dispose()
    if sample.answer.pop("of_lines") != sample.answer["plain"]:
        raise SystemExit("hourly records and single lines do not agree")
    sample.facts |= {"lines": sum(share["lines"] for share in shares)}
    return sample


def _over_lines() -> Select[Any]:
    rows = Rows((SERVICE, Dimension("resource")))
    service, cost = rows.value(SERVICE), rows.table.c.effective_cost
    found = select(service, func.sum(cost)).select_from(rows.source)
    return found.where(within(rows.table, MONTH)).group_by(service)


def sums(rows: Any) -> Sums:  # noqa: ANN401 - any pairs of service and cost
    """The pairs in one spelling; all digits that the bill has."""
    return {service or "": f"{Decimal(cost):.6f}" for service, cost in sorted(rows, key=str)}


async def clocked(questions: dict[str, Callable[[], Awaitable[Sums]]]) -> Sample:
    """Ask in turn, the first time unclocked; medians in milliseconds."""
    answers = {name: await ask() for name, ask in questions.items()}
    took: dict[str, list[float]] = {name: [] for name in questions}
    with Clock() as whole:
        for _ in range(ROUNDS):
            for name, ask in questions.items():
                with Clock() as clock:
                    await ask()
                took[name].append(clock.seconds * 1000)
    found = {f"{name}_ms": median(each) for name, each in took.items()}
    figures = found | {"tagged_share": found["tagged_ms"] / found["plain_ms"]}
    return Sample(figures, answers, whole.seconds, whole.cpu_seconds)
