"""What an import's subprocess is told and what it answers: one JSON document each way."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from finops_common.contracts.ingestion import CostTotal
from finops_ingestion.bills.invoices import InvoiceSum


class StandingFiles(BaseModel):
    """The Parquet files of a revision that stands: hourly, items, tag_sets, tags of all shares."""

    model_config = ConfigDict(frozen=True)

    period: date
    schema_name: str
    files: dict[str, tuple[Path, ...]]


class Order(BaseModel):
    """Read `sources` into `to`, cut by the organization each account belongs to.

    `standing`: cut this instead; nothing is read. `promised_rows`: as manifests count them.
    """

    model_config = ConfigDict(frozen=True)

    sources: tuple[Path, ...]
    to: Path
    as_of: datetime | None = None
    promised_rows: int | None = None
    standing: StandingFiles | None = None
    organizations: dict[str, UUID]
    otherwise: UUID
    memory_mb: int
    threads: int
    spill_mb: int = 1024


class CutPart(BaseModel):
    """Hourly records small enough for one message: an Arrow IPC stream in a file."""

    path: Path
    rows: int


class CutShare(BaseModel):
    """What of a period belongs to one organization; files by what they hold."""

    organization_id: UUID
    parts: tuple[CutPart, ...]
    files: dict[str, Path]
    rows: int
    lines: int
    totals: tuple[CostTotal, ...]
    last_hour: datetime | None


class CutPeriod(BaseModel):
    """One billing period of the bill."""

    period: date
    shares: tuple[CutShare, ...]


class Reading(BaseModel):
    """The bill, read: what came of its rows, and its periods."""

    schema_name: str
    providers: tuple[str, ...]
    rows_read: int
    rows_accepted: int
    rows_refused: int
    refusals: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    reached: datetime | None
    invoiced: bool
    periods: tuple[CutPeriod, ...]
    invoices: tuple[InvoiceSum, ...] = ()
    payers: tuple[str, ...] = ()


class Refused(BaseModel):
    """The bill as a whole is not read."""

    code: str
    detail: str


class Outcome(BaseModel):
    """The subprocess's answer: one of the two."""

    reading: Reading | None = None
    refused: Refused | None = None
