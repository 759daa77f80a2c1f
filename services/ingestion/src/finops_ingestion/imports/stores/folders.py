"""Deliveries without a manifest: which months files are of, as the folders they lie in say."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import PurePosixPath

from finops_ingestion.imports.domain import Delivery
from finops_ingestion.imports.stores.objects import Listed

DATA = (".csv", ".csv.gz", ".parquet")
MOST_OBJECTS = 50_000
"""People may name a whole bucket: what is held of so many takes some 30 MB, of the api too."""
LAYOUTS = ("BILLING_PERIOD=2026-10", "billing_period=2026-10-01", "20261001-20261031", "2026-10")
"""Names of folders that say a month."""
_NAMED = re.compile(
    r"billing_period=(20\d\d)-(0[1-9]|1[0-2])(?:-\d\d)?"
    r"|(20\d\d)-(0[1-9]|1[0-2])|(20\d\d)(0[1-9]|1[0-2])01-\d{8}",
    re.IGNORECASE,
)
_SPAN = re.compile(r"(\d{4})(0[1-9]|1[0-2])01-\d{8}")


def newest_runs(prefix: str, listed: Iterable[Listed]) -> list[Delivery]:
    """Of an Azure export without partitions: every run writes the month until then as one file.

    The newest counts, whether runs leave the older ones there or overwrite one. It may be read
    at once: a block blob is not listed before Azure has committed all of it. Only files right
    below `prefix` and a month are runs: in one of two exports below it, of the actual and the
    amortised view, a file would pass for a newer run of the other.
    """
    newest: dict[date, Listed] = {}
    for each in sorted(listed, key=lambda run: (run.modified, run.key)):
        month = _SPAN.fullmatch(each.key.removeprefix(prefix).rpartition("/")[0])
        if month and is_data(each):
            newest[date(int(month[1]), int(month[2]), 1)] = each
    return [Delivery(period, (run.delivered(),)) for period, run in sorted(newest.items())]


def by_month(prefix: str, listed: Iterable[Listed]) -> list[Delivery]:
    """All files of a month's folder, and of folders in it, are one delivery.

    Below `prefix` one folder on a file's path says its month, as in `LAYOUTS`. A file of which no
    folder says it, or two say different months, is of none: it is not guessed from its lines.
    """
    found: dict[date, list[Listed]] = {}
    for each in listed:
        months = _months_on(each.key.removeprefix(prefix))
        if len(months) == 1 and is_data(each):
            found.setdefault(months.pop(), []).append(each)
    return [
        Delivery(
            period,
            tuple(file.delivered() for file in files),
            changed_at=max(file.modified for file in files),
        )
        for period, files in sorted(found.items())
    ]


def _months_on(path: str) -> set[date]:
    folders = PurePosixPath(path).parts[:-1]
    # What engines leave beside their data: logs, staged and half-written parts.
    if any(part.startswith((".", "_")) for part in PurePosixPath(path).parts):
        return set()
    named = [match for folder in folders if (match := _NAMED.fullmatch(folder))]
    told = [[int(group) for group in match.groups() if group] for match in named]
    return {date(year, month, 1) for year, month in told}


def is_data(each: Listed) -> bool:
    """Whether it is a file of a bill by its name; an empty one has yet to be written."""
    return each.size > 0 and each.key.lower().endswith(DATA)
