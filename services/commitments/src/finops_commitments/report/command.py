"""`report DIR`: coverage, utilization and savings of a converted bill, offline."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from finops_commitments.figures.domain import Figures, Group, Period, Sums
from finops_commitments.figures.measures import (
    commitment_figures,
    figures,
    unused_after_last_usage,
)
from finops_commitments.figures.records import Filters, HourlyRecords, NotHourlyRecordsError
from finops_commitments.report.schemas import instant, report_body
from finops_commitments.report.text import report_text
from finops_common.money import plain

UNREADABLE = 1
"""Exit code where DIR is not what `convert` wrote; wrong arguments give 2."""

GROUPS = (Group.PAYER, Group.ACCOUNT, Group.SERVICE, Group.REGION)


class UnreadableError(Exception):
    """DIR cannot be reported on; the message says why and what to do."""


def run(arguments: Sequence[str]) -> int:
    """Print the report and give the exit code: 0, 1 (DIR unreadable) or 2 (arguments)."""
    options = _parser().parse_args(arguments)
    try:
        with _records(options.directory) as records:
            body = _report(records, options)
    except (UnreadableError, NotHourlyRecordsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return UNREADABLE
    print(json.dumps(body, indent=2, ensure_ascii=False) if options.json else report_text(body))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m finops_commitments report", description=__doc__
    )
    parser.add_argument("directory", metavar="DIR", type=Path, help="what `convert --to DIR` wrote")
    parser.add_argument(
        "--by", type=Period, choices=list(Period), help="break down by period (UTC)"
    )
    parser.add_argument("--group", type=Group, choices=GROUPS, help="break down by this")
    parser.add_argument("--currency", help="report this billing currency, where there are several")
    parser.add_argument(
        "--as-of", type=_moment, help="leave out hours from this instant (ISO 8601) on"
    )
    parser.add_argument(
        "--simulate", action="store_true", help="also compare each month with the simulator"
    )
    parser.add_argument("--json", action="store_true", help="for machines: decimals as text")
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _records(directory: Path) -> HourlyRecords:
    files = sorted(directory.glob("hourly/billing_period=*/*.parquet"))
    if not files:
        raise UnreadableError(
            f"{directory} holds no hourly/billing_period=*/*.parquet; "
            f"write it with: python -m finops_ingestion convert BILL --to {directory}"
        )
    try:
        return HourlyRecords.from_parquet(files)
    except NotHourlyRecordsError as error:
        raise UnreadableError(f"{directory} does not hold hourly cost records: {error}") from error


def _report(records: HourlyRecords, options: argparse.Namespace) -> dict[str, Any]:
    currency = _currency(records, options)
    filters = Filters(currency=currency, until=options.as_of)
    whole = figures(records, filters=filters)
    if not whole:
        raise UnreadableError(f"{options.directory} has no records before {options.as_of}")
    rows = None
    if options.by or options.group:
        groups = [options.group] if options.group else []
        rows = figures(records, options.by, groups, filters)
    notes = _notes(records, filters, whole[0], options.by)
    body = report_body(
        currency, commitment_figures(records, filters=filters), whole[0], rows, notes
    )
    return body | _simulated(records) if options.simulate else body


def _simulated(records: HourlyRecords) -> dict[str, Any]:
    """Each month as the simulator has it against the bill, by payer; needs numpy and so waits."""
    from finops_commitments.agreement.domain import agreements, not_comparable  # noqa: PLC0415
    from finops_commitments.agreement.schemas import (  # noqa: PLC0415
        agreement_views,
        not_comparable_views,
    )

    months = [
        (f"{month:%Y-%m}", datetime(month.year, month.month, month.day, tzinfo=UTC))
        for (month,) in records.rows("SELECT DISTINCT billing_period FROM records ORDER BY 1")
    ]
    return {
        "simulated": [
            {"month": month} | each.model_dump(mode="json")
            for month, start in months
            for each in agreement_views(agreements(records, start))
        ],
        "not_comparable": [
            {"month": month} | each.model_dump(mode="json")
            for month, start in months
            for each in not_comparable_views(not_comparable(records, start))
        ],
    }


def _currency(records: HourlyRecords, options: argparse.Namespace) -> str:
    currencies = records.currencies()
    if not currencies:
        raise UnreadableError(f"{options.directory} holds no records")
    if options.currency is None and len(currencies) == 1:
        return currencies[0]
    if options.currency in currencies:
        return str(options.currency)
    raise UnreadableError(f"choose one of the bill's currencies: --currency {'|'.join(currencies)}")


def _notes(
    records: HourlyRecords, filters: Filters, whole: Figures, by: Period | None
) -> list[str]:
    notes = []
    if whole.lines_without_price:
        notes.append(
            f"{whole.lines_without_price} lines of eligible usage have no public price in the "
            "bill; figures that need it are unknown (null)."
        )
    if by in (Period.HOUR, Period.DAY):
        notes.append(_longer_than(by, whole, figures(records, by, (), filters)))
    end, later = unused_after_last_usage(records, filters)
    if later.known:
        notes.append(
            f"{plain(later.known)} {whole.cell.currency} of unused commitment stands after the last "
            f"hour with usage; if the bill is still open, use --as-of {instant(end)}."
        )
    return notes


def _longer_than(by: Period, whole: Figures, cells: Sequence[Figures]) -> str:
    rows = sum((cell.sums for cell in cells), Sums())
    currency = whole.cell.currency
    unused = (whole.sums.unused - rows.unused).known
    usage = (whole.sums.usage_cost - rows.usage_cost).known - unused
    return (
        f"Lines that run longer than a {by.value}, such as the month fee of unused reserved "
        f"capacity, are not in these rows but in the totals and in months: {plain(unused)} "
        f"{currency} of unused commitment, {plain(usage)} {currency} of usage."
    )
