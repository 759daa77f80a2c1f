"""Measures the goals: `python benchmarks/run.py [1m|5m|20m|50m] [--only P1,P7] [--rounds 3]`.

Product and limit run A B A B, each in a fresh process on servers of the benchmark's own. Their
answers must be equal before any time counts. Ratios of neighbours are what is reported: the
machine's load moves both.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from finops_sandbox.supervisor import running_stack
from generate import SIZES, ensure_bill
from goals import Goal, read_goals
from product.firm import running_firm
from report import Comparison, Measured, machine, moment, write_report
from sides import Given, Sample, SideError, profile_side, run_side

DOCS = Path(__file__).parents[1] / "docs" / "benchmarks"
ROUNDS = 3
_ROUTES = {
    *("product.list_route", "product.member_list", "product.decisions"),
    "product.query_importing",
}
_ELSEWHERE = {*_ROUTES, "product.convert_focus", "product.memory"}
"""Those whose work is done in processes of its own: a profile of the side would show nothing."""
_OF_LAKE = {"product.lake"}
"""Those that make a lake of their own and need no bill; the only ones at the largest size."""
_LARGEST = "50m"
_SERVERLESS = {
    *("product.convert", "product.convert_csv", "product.convert_focus", "product.memory"),
    *("product.portfolio", "product.portfolio_whole", "product.coverage_year", "product.xlsx"),
}


def main() -> int:
    """Measure, write the reports, print the table; 1 when one failed or an asserted floor is missed."""
    arguments = _arguments()
    only = set(arguments.only.split(",")) if arguments.only else None
    size, rounds = arguments.size, arguments.rounds

    def write(measured: list[Measured]) -> str:
        return write_report(arguments.to, size, machine(size, SIZES[size], rounds), measured)

    measured = asyncio.run(_measure(read_goals(), only, size, rounds, write))
    print(write(measured))
    fallen = {m.goal.id for m in measured if m.goal.state == "met" and m.verdict == "missed"}
    failed = {m.goal.id for m in measured if m.verdict == "failed"}
    for what, ids in (("below their floors", fallen), ("failed", failed)):
        if ids:
            print(f"{what}: {', '.join(sorted(ids))}", file=sys.stderr)
    return 1 if fallen or failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__)
    parser.add_argument("size", nargs="?", default="1m", choices=list(SIZES))
    parser.add_argument("--only", help="goals, comma separated")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often A and B alternate")
    parser.add_argument("--to", type=Path, default=DOCS, help="folder of the reports")
    return parser.parse_args()


async def _measure(
    goals: list[Goal],
    only: set[str] | None,
    size: str,
    rounds: int,
    write: Callable[[list[Measured]], str],
) -> list[Measured]:
    wanted = [goal for goal in goals if goal.product and (only is None or goal.id in only)]
    if size == _LARGEST:
        wanted = [goal for goal in wanted if goal.product in _OF_LAKE]
    pairs = list(dict.fromkeys(goal.pair for goal in wanted))
    failed: list[tuple[str, str]] = []
    async with _servers({product for product, _ in pairs}, size) as given:
        compared: dict[tuple[str, str], Comparison] = {}
        for pair in pairs:
            try:
                compared[pair] = await asyncio.to_thread(_compare, pair, given, rounds)
            except SideError as error:  # the others are measured all the same
                _progress(str(error))
                failed.append(pair)
            # After each: an hour of measuring is not lost with the last one.
            write(_told(goals, wanted, compared, failed))
        found = _told(goals, wanted, compared, failed)
        for each in found:
            if each.verdict in {"missed", "floor"} and each.goal.product not in _ELSEWHERE:
                each.profile = await asyncio.to_thread(_profile, each.goal.product, given)
    return found


def _told(
    goals: list[Goal],
    wanted: list[Goal],
    compared: dict[tuple[str, str], Comparison],
    failed: list[tuple[str, str]],
) -> list[Measured]:
    return [
        Measured(goal, compared.get(goal.pair) if goal in wanted else None, goal.pair in failed)
        for goal in goals
    ]


@asynccontextmanager
async def _servers(products: set[str], size: str) -> AsyncIterator[Given]:
    """The bills, and the servers that the products need."""
    folder = _folder()
    bill = ensure_bill("tiny" if products <= _OF_LAKE else size)
    given = Given(size, SIZES[size], str(bill), str(ensure_bill("tiny")), str(folder))
    try:
        async with AsyncExitStack() as stack:
            if products - _SERVERLESS:
                parts = ["postgres", "kafka", *(["mail"] if products & _ROUTES else [])]
                running = await stack.enter_async_context(
                    running_stack(folder / "stack", parts, fast=True, progress=_progress)
                )
                where = running.stack
                given = replace(given, postgres=where.postgres_url or "", kafka=where.kafka_brokers or "")  # fmt: skip
                if products & _ROUTES:
                    firm = running_firm(given, where, folder / "firm")
                    given = replace(given, firm=await stack.enter_async_context(firm))
            yield given
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="finops-bench-"))
    folder.chmod(0o711)  # PostgreSQL runs as another account under root
    return folder


def _compare(pair: tuple[str, str], given: Given, rounds: int) -> Comparison:
    """Run product and limit in turn.

    Raises:
        SideError: one failed, or they do not come to the same result.
    """
    product, limit = pair
    found = Comparison([], [], moment())
    for number in range(rounds):
        _progress(f"{product}, {number + 1} of {rounds}")
        found.product.append(_run(product, given))
        if limit:
            found.limit.append(_run(limit, given))
            if found.product[-1].answer != found.limit[-1].answer:
                told = json.dumps([found.product[-1].answer, found.limit[-1].answer])
                raise SideError(f"{product} and {limit} do not agree: {told[:2000]}")
    return found


def _run(module: str, given: Given) -> Sample:
    with tempfile.TemporaryDirectory(dir=given.scratch) as scratch:
        return run_side(module, replace(given, scratch=scratch))


def _profile(module: str, given: Given) -> list[str]:
    with tempfile.TemporaryDirectory(dir=given.scratch) as scratch:
        return profile_side(module, replace(given, scratch=scratch))


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
