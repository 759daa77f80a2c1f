"""HTTP of folders of FOCUS files."""

from uuid import UUID

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.once import Once
from finops_ingestion.connections.router import MayRead, MayRegister
from finops_ingestion.dependencies import Folders
from finops_ingestion.folders import schemas
from finops_ingestion.folders.problems import (
    FolderNotUnderstood,
    FolderReadAlready,
    FolderRefused,
)
from finops_ingestion.problems import NotConnected, OwnRoleMissing, SeveralBills, TooManyFiles

router = organization_router("/billing-folders", "billing sources")


@router.get("", summary="Folders of FOCUS files that are read")
async def list_billing_folders(caller: MayRead, folders: Folders) -> schemas.FolderList:
    """With how the newest look into each went; their months and imports are those of billing sources."""
    return schemas.FolderList(items=list(map(schemas.folder_view, await folders.list(caller))))


@router.post(
    "",
    status_code=201,
    summary="Have bills read from a folder of a bucket",
    responses=problems(
        FolderReadAlready,
        FolderRefused,
        FolderNotUnderstood,
        TooManyFiles,
        SeveralBills,
        NotConnected,
        OwnRoleMissing,
    ),
)
async def add_billing_folder(
    body: schemas.FolderDraft, caller: MayRegister, folders: Folders, once: Once
) -> schemas.AddedFolderView:
    """FOCUS 1.0 to 1.4 as CSV, CSV.gz or Parquet, the files of a month in a folder that names it.

    Named `BILLING_PERIOD=2026-10`, `billing_period=2026-10-01`, `20261001-20261031` or `2026-10`; all
    files in it are the month's bill, read once none of them has changed for half an hour. Like
    uploads they prove no ownership of an account and never feed a purchase; the bills of an account
    whose export is read are refused.
    """
    draft = body.draft()
    return schemas.added_view(await once(caller, lambda new_id: folders.add(caller, new_id, draft)))


@router.delete("/{billing_source_id}", status_code=204, summary="Stop reading a folder")
async def stop_billing_folder(
    billing_source_id: UUID, caller: MayRegister, folders: Folders
) -> None:
    """What was read stays readable; added again, it goes on as the billing source that it was."""
    await folders.stop(caller, billing_source_id)
