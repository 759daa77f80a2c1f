"""What was measured as JSON, as Markdown and as a picture."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from goals import Goal, Verdict
from picture import draw
from sides import Sample

_WORDS = {
    "failed": "**failed**",
    "not run": "not run",
    "goal": "goal met",
    "floor": "floor met",
    "missed": "**missed**",
    "not yet": "not yet",
}


@dataclass
class Comparison:
    """The runs of both sides in their order; no limit for goals in absolute figures."""

    product: list[Sample]
    limit: list[Sample]
    when: str = ""
    """When, and how busy the machine was with others."""

    def values(self, figure: str) -> list[float]:
        """The figure of each run, divided by that of the limit's run beside it."""
        own = [sample.figures[figure] for sample in self.product]
        if not self.limit:
            return own
        return [a / b.figures[figure] for a, b in zip(own, self.limit, strict=True)]

    @property
    def cpu(self) -> float | None:
        """CPU seconds of the limit in those of the product: what load of others does not move.

        Both for one unit of work: a peer may be given less of it.
        """
        if not self.limit:
            return None
        ours, theirs = (median(map(_cpu_of_one, side)) for side in (self.product, self.limit))
        return theirs / ours if ours else None


def _cpu_of_one(run: Sample) -> float:
    return run.cpu_seconds / (run.figures.get("rate", 1.0) * run.seconds)


@dataclass
class Measured:
    """A goal with its runs, if it has a benchmark, and where the time of a missed one goes."""

    goal: Goal
    runs: Comparison | None
    failed: bool = False
    profile: list[str] = field(default_factory=list)

    @property
    def value(self) -> float | None:
        """The median over the pairs."""
        return None if self.runs is None else median(self.runs.values(self.goal.figure))

    @property
    def verdict(self) -> Verdict:
        return "failed" if self.failed else self.goal.verdict(self.value)


def moment() -> str:
    """Now, and the load average."""
    busy = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return f"{datetime.now(UTC).isoformat(timespec='minutes')}, load average {busy}"


def machine(size: str, rows: int, rounds: int) -> dict[str, Any]:
    """What the figures hold for: versions and cores."""
    libraries = ("duckdb", "pyarrow", "asyncpg", "sqlalchemy", "fastapi", "aiokafka")
    return {
        "size": size,
        "rows": rows,
        "rounds": rounds,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in libraries},
    }


def write_report(folder: Path, size: str, found: dict[str, Any], measured: list[Measured]) -> str:
    """Write <size>.json, .md and .svg; the table.

    Of goals that were not run this time it keeps what the report of this size said before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    earlier = _earlier(folder / f"{size}.json")
    measured = [each if each.runs or each.failed else _kept(each, earlier) for each in measured]
    table = _table(measured)
    document = {"machine": found, "goals": [_json(each) for each in measured]}
    (folder / f"{size}.json").write_text(json.dumps(document, indent=1) + "\n")
    (folder / f"{size}.svg").write_text(draw([(each.goal, each.value) for each in measured]))
    (folder / f"{size}.md").write_text(_page(size, found, measured, table))
    return table


def _earlier(report: Path) -> dict[tuple[str, str], tuple[Comparison, list[str]]]:
    """By product and limit the runs that a report holds, and the profile."""
    if not report.exists():
        return {}
    found = {}
    for goal in json.loads(report.read_text())["goals"]:
        if goal["runs"]:
            sides = ([Sample(answer=None, **run) for run in side] for side in goal["runs"].values())
            runs = Comparison(*sides, when=goal["when"])
            found[goal["product"], goal["limit"]] = (runs, goal["profile"])
    return found


def _kept(
    each: Measured, earlier: Mapping[tuple[str, str], tuple[Comparison, list[str]]]
) -> Measured:
    runs, profile = earlier.get(each.goal.pair, (None, []))
    if runs is None or each.goal.figure not in runs.product[0].figures:  # asked otherwise now
        return each
    return Measured(each.goal, runs, profile=profile)


def _json(each: Measured) -> dict[str, Any]:
    runs: dict[str, Any] = {}
    if each.runs:
        for name, side in (("product", each.runs.product), ("limit", each.runs.limit)):
            runs[name] = [{k: v for k, v in asdict(run).items() if k != "answer"} for run in side]
    found = {"value": each.value, "verdict": each.verdict, "profile": each.profile, "runs": runs}
    found["when"] = each.runs.when if each.runs else None
    return asdict(each.goal) | found


def _table(measured: list[Measured]) -> str:
    rows = ["| # | measure | measured | spread | by CPU | goal | floor | |"]
    rows.append("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for each in measured:
        goal, runs = each.goal, each.runs
        spread = cpu = ""
        if runs:
            values = runs.values(goal.figure)
            spread = f"{_plain(min(values))} - {_plain(max(values))}"
            cpu = _plain(runs.cpu) if runs.cpu and goal.figure == "rate" and not _served(goal) else ""  # fmt: skip
        cells = [goal.id, goal.measure, _plain(each.value), spread, cpu, _plain(goal.goal), _plain(goal.floor), _WORDS[each.verdict]]  # fmt: skip
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _served(goal: Goal) -> bool:
    """Its work is done in a server's process, whose CPU the side's own clock does not see."""
    return goal.product.endswith("_route")


def _page(size: str, found: dict[str, Any], measured: list[Measured], table: str) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in found.items())
    lines = [
        f"# Benchmarks, {size}",
        "",
        f"`make bench SIZE={size}` wrote this: {facts}.",
        "",
        "Ratios are medians over neighbouring runs of product and limit in fresh processes, whose",
        "results were equal; each goal says when it was run last. The load average tells how much",
        "else the machine did: above its cores, wall times are not to be trusted, and the ratio by",
        "CPU seconds says more.",
        "",
        f"![measured against goals]({size}.svg)",
        "",
        table,
        "",
    ]
    for each in measured:
        lines += _details(each)
    return "\n".join(lines).rstrip() + "\n"


def _details(each: Measured) -> list[str]:
    lines = [f"## {each.goal.id}: {each.goal.measure}", "", f"{each.goal.how}.", ""]
    if each.runs:
        lines += [f"Measured at {each.runs.when}.", ""]
        lines += ["| side | wall s | CPU s | peak MB | figures | facts |"]
        lines += ["| --- | ---: | ---: | ---: | --- | --- |"]
        for name, runs in ((each.goal.product, each.runs.product), (each.goal.limit, each.runs.limit)):  # fmt: skip
            lines += [_run(name, run) for run in runs]
        lines.append("")
    if each.goal.why:
        lines += [f"Why: {each.goal.why}", ""]
    if each.profile:
        lines += ["Where the time goes (a run of its own, warm-up included):", ""]
        lines += [*(f"- {line}" for line in each.profile), ""]
    return lines


def _run(name: str, run: Sample) -> str:
    figures, facts = (
        ", ".join(f"{key} {_plain(value)}" for key, value in values.items())
        for values in (run.figures, run.facts)
    )
    cells = (name, f"{run.seconds:.2f}", f"{run.cpu_seconds:.2f}", f"{run.peak_mb:.0f}", figures, facts)  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _plain(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
