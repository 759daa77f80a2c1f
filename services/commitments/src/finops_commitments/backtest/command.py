"""`backtest`: what buying policies would have saved on the shipped demand."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from finops_commitments.backtest.shipped import SEEDS, Shipped, on_shipped_demand
from finops_commitments.backtest.text import backtest_text

MOST_SEEDS = 100
TITLE = "Buying policies on the shipped demand"


def run(arguments: Sequence[str]) -> int:
    """Print the figures, draw them where asked, and give the exit code: 0 or 2 (arguments)."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.picture and options.picture.suffix not in {".svg", ".png"}:
        parser.error("argument --picture: must end in .svg or .png")
    found = on_shipped_demand(range(SEEDS.start, SEEDS.start + options.seeds))
    if options.picture:
        _draw(found, options.picture)
    print(json.dumps(backtest_body(found), indent=2) if options.json else backtest_text(found))
    return 0


def backtest_body(found: Shipped) -> dict[str, Any]:
    """The figures for machines; shares are of the best constant commitment in hindsight."""
    return {
        "ours_beats_all_on_mean": found.is_above_all,
        "ours_not_worse_on_p10_than_0.8_x_30_days": found.is_no_worse_at_p10,
        "policies": {
            name: asdict(each) | {"by_kind": found.shares[name]}
            for name, each in found.summaries.items()
        },
    }


def _draw(found: Shipped, file: Path) -> None:
    # What draws is large: without a picture the command does without.
    from finops_commitments.backtest.picture import draw_shares  # noqa: PLC0415

    shares = {
        name: [share for each in by_kind.values() for share in each]
        for name, by_kind in found.shares.items()
    }
    file.write_bytes(draw_shares(TITLE, shares, "png" if file.suffix == ".png" else "svg"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m finops_commitments backtest", description=__doc__
    )
    parser.add_argument(
        "--seeds", type=_count, default=len(SEEDS), help="replays of each kind of demand"
    )
    parser.add_argument("--picture", metavar="FILE", type=Path, help="draw it: .svg or .png")
    parser.add_argument("--json", action="store_true", help="for machines: all shares")
    return parser


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MOST_SEEDS:
        raise argparse.ArgumentTypeError(f"must be 1 to {MOST_SEEDS}")
    return count
