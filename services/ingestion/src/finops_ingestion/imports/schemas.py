"""Imports on the wire."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.contracts.ingestion import Finality
from finops_common.schemas import Command
from finops_ingestion.imports.domain import Cause, State

Month = Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-10"])


class MonthWanted(Command):
    period: str = Month


class RefusedRows(BaseModel):
    reason: str
    count: int
    lines: list[int] = Field(description="the first places, counted from 1 with the header")
    file: str


class BillFindingView(BaseModel):
    name: str
    meaning: str
    groups: int
    difference: str


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
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class FileView(BaseModel):
    name: str
    version: str = Field(description="ETag of the object, or SHA-256 of an upload")
    size: int
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
    kind: Literal["aws_export", "azure_export", "gcp_export", "uploads"]
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


class Asked(BaseModel):
    job_id: UUID = Field(description="of the look; imports it finds appear in the list")
