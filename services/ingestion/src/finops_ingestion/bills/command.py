"""`python -m finops_ingestion convert BILL... --to DIR`: a bill to FOCUS, without a server.

Exit codes: 0 converted (rows may be refused: see the report) · 2 wrong arguments · 3 the bill
as a whole is refused, or no row of it could be read · 4 products do not add up to the bill.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from finops_ingestion.bills.conversion import Conversion, conversion_json
from finops_ingestion.bills.convert import convert_bill
from finops_ingestion.bills.engine import Limits
from finops_ingestion.bills.refusals import BillRefusedError, TotalsDisagreeError
from finops_ingestion.bills.totals import COSTS

REFUSED = 3
DISAGREE = 4
_DEFAULTS = Limits()


def run(arguments: Sequence[str]) -> int:
    """Convert and report; gives the exit code."""
    options = _parser().parse_args(arguments)
    try:
        conversion = convert_bill(
            options.bills,
            options.to,
            as_of=options.as_of,
            limits=Limits(options.memory, options.threads, options.spill),
            line_items=not options.hourly_only,
            focus=not options.hourly_only,
        )
    except BillRefusedError as error:
        _fail(options, {"code": error.code, "detail": str(error)})
        return REFUSED
    except TotalsDisagreeError as error:
        _fail(options, {"code": "totals-disagree", "detail": str(error)})
        return DISAGREE
    body = conversion_json(conversion)
    print(json.dumps(body, indent=2, ensure_ascii=False) if options.json else _table(body))
    if not options.json and not options.hourly_only:
        print(f"\nFOCUS 1.2: {options.to / 'focus'}")
    return REFUSED if _nothing_read(conversion) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m finops_ingestion convert",
        description="Convert a cloud bill to a FOCUS file and hourly cost records (Parquet).",
        epilog="exit codes: 0 converted, 2 wrong arguments, 3 bill refused, 4 sums disagree",
    )
    parser.add_argument(
        "bills", nargs="+", type=Path, metavar="BILL", help="file, folder, manifest"
    )
    parser.add_argument("--to", required=True, type=Path, metavar="DIR", help="where products go")
    parser.add_argument("--json", action="store_true", help="for machines: decimals as text")
    parser.add_argument(
        "--as-of", type=_moment, metavar="INSTANT", help="commitment fees after it are to come"
    )
    parser.add_argument("--hourly-only", action="store_true", help="no line items and tags")
    parser.add_argument("--memory", default=_DEFAULTS.memory, help="DuckDB's limit (700MB)")
    parser.add_argument(
        "--threads", type=int, default=_DEFAULTS.threads, help="DuckDB's threads (2)"
    )
    parser.add_argument("--spill", type=Path, help="folder for what memory cannot hold")
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _fail(options: argparse.Namespace, refusal: dict[str, str]) -> None:
    if options.json:
        print(json.dumps({"refused": refusal}, ensure_ascii=False))
    print(f"refused: {refusal['detail']}", file=sys.stderr)


def _nothing_read(conversion: Conversion) -> bool:
    return conversion.rows_read > 0 and conversion.rows_accepted == 0


def _table(body: dict[str, Any]) -> str:
    lines = [
        f"{body['title']} of {body['provider'] or 'nobody'}, {', '.join(body['periods'])}",
        (
            f"rows: {body['rows_read']} read, {body['rows_accepted']} accepted, "
            f"{body['rows_refused_count']} refused"
        ),
    ]
    lines += [_refused_line(refusal) for refusal in body["rows_refused"]]
    lines += [f"  note: {f['meaning']} ({f['difference']})" for f in body["findings"]]
    for currency, sums in body["currencies"].items():
        lines += ["", f"{currency:12}" + "".join(f"{name:>22}" for name in COSTS)]
        rows = {**sums["by_charge_category"], "total": sums}
        lines += [_cost_line(name, costs) for name, costs in rows.items()]
    return "\n".join(lines)


def _refused_line(refusal: dict[str, Any]) -> str:
    shown = ", ".join(map(str, refusal["lines"]))
    more = ", ..." if refusal["count"] > len(refusal["lines"]) else ""
    return f"  {refusal['count']} x {refusal['reason']}: {refusal['file']} line {shown}{more}"


def _cost_line(name: str, costs: dict[str, Any]) -> str:
    return f"{name:12}" + "".join(f"{costs[cost]:>22}" for cost in COSTS)
