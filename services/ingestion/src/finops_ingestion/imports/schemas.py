"""Imports on the wire."""

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from finops_common.contracts.ingestion import Finality
from finops_common.schemas import Command
from finops_ingestion.imports.domain import Cause, State
from finops_ingestion.imports.looking import Answer

Month = Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-10"])


MOST_MONTHS = 120
_YEAR, _MONTH = slice(4), slice(5, None)


class MonthWanted(Command):
    period: str = Month


class MonthsWanted(Command):
    """At most ten years, both months included."""

    first: str = Month
    last: str = Month

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        years, months = (int(self.last[at]) - int(self.first[at]) for at in (_YEAR, _MONTH))
        if not 0 <= years * 12 + months < MOST_MONTHS:
            raise ValueError(f"last must be up to {MOST_MONTHS - 1} months after first")
        return self

    def bounds(self) -> tuple[date, date]:
        """The first days of both."""
        return date.fromisoformat(f"{self.first}-01"), date.fromisoformat(f"{self.last}-01")


class RefusedRows(BaseModel):
    reason: str
    count: int
    lines: list[int] = Field(description="the first places, counted from 1 with the header")
    file: str


class FindingPlace(BaseModel):
    file: str
    lines: list[int] = Field(description="counted from 1 with the header; Parquet: rows from 1")


class FindingExample(BaseModel):
    """A group of lines that breaks the law, with the first of them."""

    scope: dict[str, str | None] = Field(description="what the lines have in common")
    difference: str
    places: list[FindingPlace]


class BillFindingView(BaseModel):
    name: str
    meaning: str
    groups: int
    difference: str
    examples: list[FindingExample] = Field(default=[], description="the worst groups, at most five")


class ImportView(BaseModel):
    """A job: what it does, how far it is, how it ended."""

    id: UUID
    billing_source_id: UUID
    period: date | None = Field(description="null: an upload says its months itself")
    cause: Cause
    state: State = Field(description="partial: some rows were refused, the rest stands")
    stage: Literal["waiting", "fetching", "reading", "publishing", "ended"]
    percent: int = Field(ge=0, le=100)
    rows_read: int | None
    rows_accepted: int | None
    rows_refused: int | None
    refusals: list[RefusedRows]
    findings: list[BillFindingView] = Field(description="laws of bills that this one breaks")
    code: str | None = Field(description="why it ended so, as a stable name")
    reason: str | None
    pause_requested: bool = Field(description="a running import is paused within seconds")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class FileView(BaseModel):
    name: str
    version: str = Field(description="ETag of the object, or SHA-256 of an upload")
    size: int
    rows: int | None = Field(description="as its manifest counts them, where that does")
    sha256: str | None
    state: Literal["waiting", "fetched", "read", "failed"]
    reason: str | None
    fetched_at: datetime | None
    read_at: datetime | None


class ImportDetail(ImportView):
    files: list[FileView]


class SourceView(BaseModel):
    id: UUID
    provider: str
    kind: Literal["aws_export", "azure_export", "gcp_export", "focus_folder", "uploads"]
    name: str
    payer_account_id: str | None


class SourceList(BaseModel):
    items: list[SourceView]


class PeriodView(BaseModel):
    period: date
    revision: int
    finality: Finality | None
    as_of: datetime | None
    committed_at: datetime | None


class PeriodList(BaseModel):
    items: list[PeriodView]


class MonthAsked(BaseModel):
    period: date
    answer: Answer = Field(
        description="queued: it is imported now; under_way: it was already, or is paused; stands:"
        " this very version is what counts; not_delivered: there is nothing to read;"
        " being_written: files without a manifest that came less than half an hour ago"
    )
    import_id: UUID | None = Field(description="of the import that reads it")


class MonthsAsked(BaseModel):
    items: list[MonthAsked]


class Asked(BaseModel):
    job_id: UUID = Field(description="of the look; imports it finds appear in the list")
