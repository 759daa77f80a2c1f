"""A look at a customer's Google billing account: whether it is theirs, and what can be read."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from finops_ingestion.accounts.domain import Cause, CloudAccount
from finops_ingestion.connections.adapters.gcp import BillingExport, KeySession, reasons_of
from finops_ingestion.connections.adapters.rest import RefusedError
from finops_ingestion.connections.credentials import GooglePlace
from finops_ingestion.connections.domain import (
    ConnectionBrokenError,
    Evidence,
    Export,
    Member,
    finding,
    pick_export,
)

ACCOUNT_GET = "billing.accounts.get"
PROJECTS_LIST = "billing.resourceAssociations.list"
TABLES_READ = "bigquery.tables.getData"
JOBS_CREATE = "bigquery.jobs.create"
_API_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_NOT_FOUND = 404
_EXPORTS = ("gcp_billing_export_resource_v1_", "gcp_billing_export_v1_")
"""How Google names its tables, before the billing account; the one with most detail first."""


async def look_at_google(
    session: KeySession, account: CloudAccount, place: GooglePlace, reading: str | None
) -> Evidence:
    """Ask everything once; `reading` names the table whose rows are read until now.

    Raises:
        ConnectionBrokenError: the key is not let in, or not to this billing account.
        CloudSilentError: Google did not answer; nothing is known.
    """
    await _prove(session, account.account_id)
    members = await _projects(session, account.account_id)
    export, cause = await _export(session, account, place, reading)
    findings = (
        finding("bills", _rights(cause)),
        finding("accounts", {PROJECTS_LIST: members is not None}),
    )
    found = cause if "bills" in account.capabilities else None
    if "accounts" in account.capabilities and members is None:
        found = found or "projects_hidden"
    return Evidence(account.account_id, members, export, None, findings, found)


async def _prove(session: KeySession, account_id: str) -> None:
    url = f"{session.endpoints.billing}/v1/billingAccounts/{quote(account_id)}"
    try:
        await session.ask("GET", url)
    except RefusedError as refused:
        off = bool(reasons_of(refused) & _API_OFF)
        # Google answers alike for an account that is not there and one that is not shown.
        raise ConnectionBrokenError(
            "billing_api_off" if off else "billing_viewer_missing"
        ) from None


async def _projects(session: KeySession, account_id: str) -> tuple[Member, ...] | None:
    url = f"{session.endpoints.billing}/v1/billingAccounts/{quote(account_id)}/projects"
    try:
        listed = await session.list(url, "projectBillingInfo")
    except RefusedError:
        return None
    return tuple(
        Member(each["projectId"], each["projectId"]) for each in listed if each["billingEnabled"]
    )


async def _export(
    session: KeySession, account: CloudAccount, place: GooglePlace, reading: str | None
) -> tuple[Export | None, Cause | None]:
    base = f"{session.endpoints.bigquery}/bigquery/v2/projects/{quote(place.project)}"
    try:
        listed = await session.list(f"{base}/datasets/{quote(place.dataset)}/tables", "tables")
    except RefusedError as refused:
        return None, _dataset_cause(refused)
    names = [str(each["tableReference"]["tableId"]) for each in listed]
    exports = list(_exports(names, account.account_id, place))
    export = pick_export(exports, account.export_name, reading)
    if export is None:
        return None, _unlinked(names, exports)
    try:
        await BillingExport(session, place, export.name).may_query()
    except RefusedError as refused:
        return None, _query_cause(refused)
    return export, None


def _exports(names: Iterable[str], account_id: str, place: GooglePlace) -> Iterable[Export]:
    own = account_id.replace("-", "_")
    for rank, start in enumerate(_EXPORTS):
        yield from (
            Export(name, place.bucket, name, "", rank) for name in names if name == start + own
        )


def _unlinked(names: Sequence[str], exports: Sequence[Export]) -> Cause:
    """Why no table of this billing account is read."""
    if exports:
        return "billing_table_not_found"
    others = any(name.startswith(_EXPORTS) for name in names)
    return "wrong_billing_account" if others else "billing_export_not_linked"


def _dataset_cause(refused: RefusedError) -> Cause:
    if reasons_of(refused) & _API_OFF:
        return "bigquery_api_off"
    if refused.status != _NOT_FOUND:
        return "data_viewer_missing"
    words = str(refused.document.get("error", {}).get("message", ""))
    return "project_not_found" if "Project" in words else "dataset_not_found"


def _query_cause(refused: RefusedError) -> Cause:
    words = str(refused.document.get("error", {}).get("message", ""))
    # The project refuses to run queries at all, or the table does not let us read it.
    return "job_user_missing" if JOBS_CREATE in words else "data_viewer_missing"


def _rights(cause: Cause | None) -> dict[str, bool]:
    rights = {ACCOUNT_GET: True}
    if cause is None or cause in {"data_viewer_missing", "job_user_missing"}:
        rights[TABLES_READ] = cause != "data_viewer_missing"
    if cause is None or cause == "job_user_missing":
        rights[JOBS_CREATE] = cause is None
    return rights
