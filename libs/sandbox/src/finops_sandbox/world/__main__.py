"""Bills and books of the demo customer from the command line."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from finops_sandbox.world.books import books
from finops_sandbox.world.books_json import books_as_json
from finops_sandbox.world.model import World
from finops_sandbox.world.publish import FORMATS, FolderStore, publish, publish_history
from finops_sandbox.world.scenario import DEFAULT_PAYER, build_world
from finops_sandbox.world.settlement import revisions


def main(arguments: Sequence[str] | None = None) -> None:
    """Write bills into a folder, or print the books of the same months."""
    options = _parser().parse_args(arguments)
    world = build_world(
        options.seed, options.now, options.payer, options.months, anchor=options.anchor
    )
    if options.command == "bills":
        _bills(world, options)
    else:
        _books(world, options)


def _bills(world: World, options: argparse.Namespace) -> None:
    store = FolderStore(options.to)
    if options.revision is None:
        deliveries = publish_history(
            world, options.format, store, every_revision=options.all_revisions
        )
    else:
        deliveries = (
            publish(world, month, options.revision, options.format, store)
            for month in world.months
            if options.revision in {revision.number for revision in revisions(world, month)}
        )
    for done in deliveries:
        print(
            f"{done.month:%Y-%m} revision {done.revision.number}: {done.rows} rows, "
            f"{done.manifest_key}"
        )


def _books(world: World, options: argparse.Namespace) -> None:
    found = [
        books_as_json(books(world, month, options.revision), hourly=options.hourly)
        for month in world.months
        if options.revision in {None, *(revision.number for revision in revisions(world, month))}
    ]
    if options.json:
        json.dump(found, sys.stdout, indent=1)
        print()
        return
    for month in found:
        payer = month["payer"]
        print(
            f"{month['month']} revision {month['revision']}: billed {payer['billed_total']}, "
            f"effective {payer['effective_total']}, coverage {payer['coverage_percent']} %, "
            f"net savings {payer['net_savings']}"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m finops_sandbox.world", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    bills = commands.add_parser("bills", help="write bills as AWS delivers them")
    bills.add_argument("--format", choices=FORMATS, required=True)
    bills.add_argument("--to", type=Path, required=True)
    bills.add_argument("--all-revisions", action="store_true", help="every revision, oldest first")
    ledgers = commands.add_parser("books", help="print what the months cost and saved")
    ledgers.add_argument("--json", action="store_true")
    ledgers.add_argument("--hourly", action="store_true", help="with every hour (JSON only)")
    for command in (bills, ledgers):
        command.add_argument("--seed", type=int, default=7)
        command.add_argument("--months", type=int, default=13)
        command.add_argument("--now", type=_instant, required=True, help="2026-11-21T10:00:00Z")
        command.add_argument("--anchor", type=_month, default=None, help="YYYY-MM, default: now's")
        command.add_argument("--payer", default=DEFAULT_PAYER)
        command.add_argument("--revision", type=int, default=None, help="default: the newest")
    return parser


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


if __name__ == "__main__":
    main()
