"""Folders on the wire."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.schemas import Command, Line
from finops_ingestion.connections.schemas import Bucket, Prefix, Region
from finops_ingestion.folders.domain import Draft, Folder


class FolderDraft(Command):
    cloud_account_id: UUID = Field(
        description="a registered AWS account of the organization, whose read role opens the bucket"
    )
    name: Line = Field(examples=["SaaS bills"])
    bucket: Bucket = Field(examples=["my-company-bills"])
    prefix: Prefix = Field(
        "", description="the folder, without / at its ends; empty: the bucket", examples=["focus"]
    )
    region: Region = Field(description="of the bucket", examples=["eu-west-1"])

    def draft(self) -> Draft:
        """As use cases take it."""
        return Draft(**self.model_dump())


class FolderView(BaseModel):
    id: UUID = Field(description="of the billing source")
    cloud_account_id: UUID
    name: str
    bucket: str
    prefix: str
    region: str
    looked_at: datetime | None = Field(description="null: not yet; it is looked into hourly")
    trouble: str | None = Field(
        description="why nothing could be seen then: S3's code for it, or ours"
    )


class AddedFolderView(FolderView):
    months: list[date] = Field(description="that stand there now; empty: nothing is there yet")


class FolderList(BaseModel):
    items: list[FolderView]


def folder_view(folder: Folder) -> FolderView:
    """Without the / at the folder's end, as it was sent."""
    return FolderView.model_validate(_facts(folder))


def added_view(folder: Folder) -> AddedFolderView:
    """With the months that were seen."""
    return AddedFolderView.model_validate(_facts(folder) | {"months": folder.months})


def _facts(folder: Folder) -> dict[str, object]:
    source = folder.source
    return {
        "id": source.id,
        "cloud_account_id": source.cloud_account_id,
        "name": source.name,
        "bucket": source.bucket,
        "prefix": (source.prefix or "").rstrip("/"),
        "region": source.region,
        "looked_at": folder.looked_at,
        "trouble": folder.trouble,
    }
