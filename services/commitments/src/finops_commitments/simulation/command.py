"""`simulate SCENARIO.json`: how the commitments of AWS, Azure or Google Cloud cover an hour's usage."""

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


_FORMAT = """\
The file is one hour: "provider" (AWS, which is the default, Azure or GCP), "usage" and what is held.
  AWS    usage by account, service, region, family, size; "reserved_instances", "savings_plans",
         "sharing", "orders"
  Azure  usage by subscription, resource_group, product, region, flexibility_group, ratio;
         "reservations", "savings_plans" with a scope; "management_groups"
  GCP    usage by project, service, region, family, resource; "resource_commitments",
         "service_commitments", "flexible_commitments" (discounted or list model)
Every field, with an example of each provider: services/commitments/README.md."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m finops_commitments simulate",
        description=__doc__,
        epilog=_FORMAT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenario", metavar="SCENARIO.json", type=Path, help="one hour as JSON")
    parser.add_argument("--json", action="store_true", help="for machines: decimals as text")
    return parser
