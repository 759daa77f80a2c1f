"""`simulate SCENARIO.json`: how reserved instances and Savings Plans apply to an hour's usage."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from finops_commitments.simulation.answer import simulated
from finops_commitments.simulation.scenario import ScenarioError, read_scenario
from finops_commitments.simulation.text import answer_text

REFUSED = 1
"""Exit code where the scenario makes no sense; wrong arguments give 2."""


def run(arguments: Sequence[str]) -> int:
    """Print the answer and give the exit code: 0, 1 (scenario refused) or 2 (arguments)."""
    options = _parser().parse_args(arguments)
    try:
        scenario = read_scenario(options.scenario)
    except ScenarioError as error:
        print(*(f"error: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
        return REFUSED
    for name in scenario.not_read:
        print(f"note: {name} is no field of a scenario and was not read", file=sys.stderr)
    answer = simulated(scenario)
    text = json.dumps(answer, indent=2, ensure_ascii=False) if options.json else answer_text(answer)
    print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m finops_commitments simulate", description=__doc__
    )
    parser.add_argument("scenario", metavar="SCENARIO.json", type=Path, help="one hour as JSON")
    parser.add_argument("--json", action="store_true", help="for machines: decimals as text")
    return parser
