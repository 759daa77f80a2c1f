"""Bills that are a table: Google's export to BigQuery, spooled month by month as JSON lines."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from finops_ingestion.imports.domain import DeliveredFile, Delivery
from finops_ingestion.imports.stores.objects import ChangedError, spool

Days = tuple[str, str]


@dataclass(frozen=True)
class InvoiceMonth:
    """What of a table belongs to one invoice month: how many rows, the newest written when.

    `days` are the first and last of the table's partitions that hold it, where there are any.
    """

    month: str
    rows: int
    newest: str
    days: Days | None = None

    @property
    def version(self) -> str:
        """Changes whenever rows of this month are added; those of other months leave it alone."""
        return "/".join((self.newest, str(self.rows), *(self.days or ())))


def days_of(version: str) -> Days | None:
    """The days in an `InvoiceMonth.version`."""
    match version.split("/"):
        case [_, _, first, last]:
            return first, last
    return None


@dataclass(frozen=True)
class Row:
    """One row: its JSON text, and when it was written to the table."""

    line: str
    written: str


class BillingTable(Protocol):
    """What the table is asked; months as Google writes them: 202610."""

    @property
    def name(self) -> str: ...

    async def months(self) -> list[InvoiceMonth]:
        """Every invoice month with rows."""

    def pages(self, month: str, days: Days | None) -> AsyncGenerator[list[Row], None]:
        """The rows of one month, as they stood at one instant; no partitions but these are read."""


class TableBills:
    """The invoice months of a table; satisfies `places.Bills`."""

    def __init__(self, table: BillingTable) -> None:
        self._table = table

    async def find(self) -> list[Delivery]:
        """One delivery a month. A file's size is not known before it is read."""
        return [
            Delivery(
                date(int(found.month[:4]), int(found.month[4:]), 1),
                (DeliveredFile(f"{self._table.name}/{found.month}.jsonl", found.version, 0),),
            )
            for found in await self._table.months()
        ]

    async def fetch(self, file: DeliveredFile, target: Path) -> str:
        """Spool the rows of the very version that was seen; SHA-256 of the file.

        Raises:
            ChangedError: rows were added since.
        """
        month = Path(file.name).stem
        async with aclosing(_lines(self._table, month, file)) as lines:
            return await spool(lines, target)


async def _lines(
    table: BillingTable, month: str, file: DeliveredFile
) -> AsyncGenerator[bytes, None]:
    count, newest, days = 0, "", days_of(file.version)
    async with aclosing(table.pages(month, days)) as pages:
        async for page in pages:
            count += len(page)
            newest = max(newest, *(row.written for row in page))
            yield "".join(f"{row.line}\n" for row in page).encode()
    if InvoiceMonth(month, count, newest, days).version != file.version:
        raise ChangedError(file.name)
