"""A look at a customer's Azure billing account: whether it is theirs, and what can be read."""

import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from finops_ingestion.accounts.domain import Cause, CloudAccount
from finops_ingestion.connections.adapters.azure import AppSession, BlobContainer
from finops_ingestion.connections.adapters.rest import RefusedError
from finops_ingestion.connections.credentials import AzurePlace
from finops_ingestion.connections.domain import (
    CloudSilentError,
    ConnectionBrokenError,
    Evidence,
    Export,
    Member,
    finding,
)

BILLING_READ = "Microsoft.Billing/billingAccounts/read"
SUBSCRIPTIONS_READ = "Microsoft.Billing/billingAccounts/billingSubscriptions/read"
EXPORTS_READ = "Microsoft.CostManagement/exports/read"
BLOBS_READ = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
_BILLING = {"api-version": "2024-04-01"}
_COSTS = {"api-version": "2023-08-01"}
_MALFORMED, _NOT_FOUND = 400, 404
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


@dataclass(frozen=True)
class _Bills:
    """What stands in the way of the bills, and the rights that were seen."""

    cause: Cause | None
    rights: dict[str, bool]
    readable: bool


async def look_at_azure(session: AppSession, account: CloudAccount, place: AzurePlace) -> Evidence:
    """Ask everything once.

    Raises:
        ConnectionBrokenError: the application is not let in, or not to this billing account.
        CloudSilentError: Azure did not answer; nothing is known.
    """
    scope = f"/providers/Microsoft.Billing/billingAccounts/{quote(account.account_id, safe=':')}"
    await _prove(session, scope)
    bills = await _bills(session, scope, place)
    members = await _subscriptions(session, scope)
    chosen = None if members is None else _chosen(members, place.subscriptions)
    findings = (
        finding("bills", {BILLING_READ: True} | bills.rights),
        finding("accounts", {SUBSCRIPTIONS_READ: members is not None}),
    )
    cause = bills.cause if "bills" in account.capabilities else None
    if "accounts" in account.capabilities:
        cause = cause or _lacking(members, place.subscriptions)
    export = Export(place.path, place.bucket, place.path, "", 0) if bills.readable else None
    return Evidence(account.account_id, chosen, export, None, findings, cause)


async def list_subscriptions(session: AppSession, billing_account: str) -> tuple[Member, ...]:
    """What the billing account pays for. Raises as `look_at_azure`."""
    scope = f"/providers/Microsoft.Billing/billingAccounts/{quote(billing_account, safe=':')}"
    return await _subscriptions(session, scope) or ()


async def _prove(session: AppSession, scope: str) -> None:
    try:
        await session.get(scope, **_BILLING)
    except RefusedError as refused:
        unknown = refused.status in {_MALFORMED, _NOT_FOUND}
        raise ConnectionBrokenError(
            "billing_account_not_found" if unknown else "billing_reader_missing"
        ) from None


async def _subscriptions(session: AppSession, scope: str) -> tuple[Member, ...] | None:
    try:
        listed = await session.list(f"{scope}/billingSubscriptions", **_BILLING)
    except RefusedError:
        return None
    found = [each.get("properties", {}) for each in listed]
    return tuple(
        Member(str(each["subscriptionId"]).lower(), str(each.get("displayName", "")))
        for each in found
        if each.get("subscriptionId") and each.get("status", "Active") != "Deleted"
    )


def _chosen(members: tuple[Member, ...], wanted: tuple[str, ...]) -> tuple[Member, ...]:
    return tuple(each for each in members if not wanted or each.account_id in wanted)


def _lacking(members: tuple[Member, ...] | None, wanted: tuple[str, ...]) -> Cause | None:
    if members is None:
        return "subscriptions_hidden"
    listed = {member.account_id for member in members}
    return None if listed.issuperset(wanted) else "subscription_not_found"


async def _bills(session: AppSession, scope: str, place: AzurePlace) -> _Bills:
    path = f"{scope}/providers/Microsoft.CostManagement/exports"
    try:
        listed: list[dict[str, Any]] | None = await session.list(path, **_COSTS)
    except RefusedError:
        listed = None
    cause, delivered = await _blobs(session, place)
    rights = {EXPORTS_READ: listed is not None}
    if cause in {None, "blob_reader_missing"}:
        rights[BLOBS_READ] = cause is None
    # An export that was made for a narrower scope is not listed here, but what it delivers is.
    readable = delivered or any(_delivers(export, place) for export in listed or ())
    if cause is None and listed is None:
        cause = "cost_reader_missing"
    if cause is None and not readable:
        cause = "cost_export_not_found"
    return _Bills(cause, rights, readable=readable and rights.get(BLOBS_READ, False))


async def _blobs(session: AppSession, place: AzurePlace) -> tuple[Cause | None, bool]:
    container = BlobContainer(session, place.bucket)
    try:
        found = [blob async for blob in container.list(f"{place.path}/", limit=1)]
    except RefusedError as refused:
        return _storage_cause(refused), False
    except CloudSilentError as silent:
        if _no_such_host(silent):
            return "storage_account_not_found", False
        raise
    return None, bool(found)


def _storage_cause(refused: RefusedError) -> Cause:
    code = refused.headers.get("x-ms-error-code", "")
    if code == "AuthorizationFailure":
        return "storage_closed"
    return "container_not_found" if refused.status == _NOT_FOUND else "blob_reader_missing"


def _no_such_host(error: BaseException | None) -> bool:
    """Whether a name was looked up that nobody has: Azure names storage accounts in DNS."""
    while error is not None:
        if isinstance(error, socket.gaierror):
            return error.errno in _NO_SUCH_NAME
        error = error.__cause__ or error.__context__
    return False


def _delivers(export: dict[str, Any], place: AzurePlace) -> bool:
    told = export.get("properties", {}).get("deliveryInfo", {}).get("destination", {})
    account = str(told.get("resourceId", "")).rpartition("/")[2]
    root = str(told.get("rootFolderPath", "")).strip("/")
    path = f"{root}/{export.get('name', '')}".strip("/")
    return (account, told.get("container"), path) == (
        place.storage_account,
        place.container,
        place.path,
    )
