"""What a cloud account is, and the two state machines of its life (ING-4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from finops_common.contracts.ingestion import CollectionStatus, ConnectionStatus, Provider

Origin = Literal["registered", "linked"]
Cause = Literal[
    "stack_not_finished",
    "role_missing",
    "external_id_wrong",
    "external_id_not_required",
    "wrong_account",
    "registered_elsewhere",
    "left_organization",
    "policy_too_small",
    "export_not_found",
    "bucket_not_found",
    "tenant_unknown",
    "app_unknown",
    "secret_wrong",
    "secret_expired",
    "certificate_wrong",
    "billing_account_not_found",
    "billing_reader_missing",
    "cost_reader_missing",
    "blob_reader_missing",
    "storage_account_not_found",
    "storage_closed",
    "container_not_found",
    "cost_export_not_found",
    "subscription_not_found",
    "subscriptions_hidden",
    "key_revoked",
    "service_account_unknown",
    "billing_api_off",
    "billing_viewer_missing",
    "bigquery_api_off",
    "project_not_found",
    "dataset_not_found",
    "data_viewer_missing",
    "job_user_missing",
    "billing_export_not_linked",
    "billing_table_not_found",
    "wrong_billing_account",
    "projects_hidden",
]
"""What stands in the way, and so what is to be mended: in AWS, in Azure, in Google Cloud."""

BROKEN: frozenset[Cause] = frozenset(
    {
        "stack_not_finished",
        "role_missing",
        "external_id_wrong",
        "external_id_not_required",
        "wrong_account",
        "left_organization",
        "tenant_unknown",
        "app_unknown",
        "secret_wrong",
        "secret_expired",
        "certificate_wrong",
        "billing_account_not_found",
        "billing_reader_missing",
        "key_revoked",
        "service_account_unknown",
        "billing_api_off",
        "billing_viewer_missing",
    }
)
"""Causes that leave nothing readable; the others leave something out."""

WRONG_FIELD: Mapping[Cause, str] = MappingProxyType(
    {
        "wrong_account": "role_arn",
        "external_id_wrong": "role_arn",
        "export_not_found": "export_name",
        "tenant_unknown": "credentials.tenant_id",
        "app_unknown": "credentials.client_id",
        "secret_wrong": "credentials.client_secret",
        "secret_expired": "credentials.client_secret",
        "certificate_wrong": "credentials.certificate",
        "billing_account_not_found": "account_id",
        "storage_account_not_found": "place.storage_account",
        "container_not_found": "place.container",
        "cost_export_not_found": "place.path",
        "subscription_not_found": "place.subscriptions",
        "key_revoked": "credentials.service_account",
        "service_account_unknown": "credentials.service_account",
        "project_not_found": "place.project",
        "dataset_not_found": "place.dataset",
        "billing_export_not_linked": "place.dataset",
        "billing_table_not_found": "export_name",
        "wrong_billing_account": "account_id",
    }
)
"""Which field of a registration a cause speaks of; the others are mended in the cloud alone."""

NEXT: Mapping[ConnectionStatus, frozenset[ConnectionStatus]] = MappingProxyType(
    {
        "pre_registration": frozenset({"healthy", "update_required", "error", "to_be_deleted"}),
        "healthy": frozenset({"update_required", "error", "to_be_deleted"}),
        "update_required": frozenset({"healthy", "error", "to_be_deleted"}),
        "error": frozenset({"healthy", "update_required", "to_be_deleted"}),
        "to_be_deleted": frozenset(),
    }
)
"""Which connection status may follow which. None leads back to before the registration."""

NEXT_COLLECTION: Mapping[CollectionStatus | None, frozenset[CollectionStatus]] = MappingProxyType(
    {
        None: frozenset({"in_progress"}),
        "in_progress": frozenset({"healthy", "failed"}),
        "healthy": frozenset({"in_progress"}),
        "failed": frozenset({"in_progress"}),
    }
)
"""Which collection status may follow which; None: nothing was ever collected."""


_PLACES: Mapping[Provider, frozenset[str]] = MappingProxyType(
    {
        "AWS": frozenset(),
        "Microsoft": frozenset({"storage_account", "container", "path", "subscriptions"}),
        "Google Cloud": frozenset({"project", "dataset"}),
    }
)


class ImpossibleChangeError(ValueError):
    """A status was to follow one that it cannot follow."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Which actions of one capability the role has and which it lacks."""

    capability: str
    granted: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CloudAccount:
    """One account of a customer's cloud. `findings` are those of the newest check.

    `place` is where the bills lie, in clouds whose accounts do not say it themselves.
    """

    id: UUID
    company_id: UUID
    organization_id: UUID
    provider: Provider
    account_id: str
    payer_account_id: str | None
    name: str
    origin: Origin
    proven_at: datetime | None
    connection: ConnectionStatus
    connection_cause: Cause | None
    collection: CollectionStatus | None
    collection_cause: str | None
    capabilities: tuple[str, ...]
    export_name: str | None
    place: dict[str, Any] | None
    findings: tuple[Finding, ...]
    credentials_version: int | None
    version: int
    created_at: datetime
    checked_at: datetime | None
    detached_at: datetime | None = None

    @property
    def is_payer(self) -> bool:
        """Whether it pays for others, or for itself alone."""
        return self.payer_account_id == self.account_id


@dataclass(frozen=True, slots=True)
class Move:
    """That an account was given from one organization of its company to another."""

    id: UUID
    cloud_account_id: UUID
    from_organization_id: UUID
    to_organization_id: UUID
    moved_by: UUID | None
    moved_at: datetime


def connection_after(
    account: CloudAccount, cause: Cause | None
) -> tuple[ConnectionStatus, Cause | None]:
    """The status that follows from what a check found.

    Raises:
        ImpossibleChangeError: the account is to be deleted and not looked at any more.
    """
    status = _status_for(account, cause)
    if status != account.connection and status not in NEXT[account.connection]:
        raise ImpossibleChangeError(f"{status} cannot follow {account.connection}")
    return status, cause


def _status_for(account: CloudAccount, cause: Cause | None) -> ConnectionStatus:
    if cause is None:
        return "healthy"
    if cause == "registered_elsewhere":
        return "error"
    if cause not in BROKEN:
        return "update_required"
    return "pre_registration" if account.connection == "pre_registration" else "error"


def may_collect(before: CollectionStatus | None, after: CollectionStatus) -> None:
    """Raises ImpossibleChangeError when `after` cannot follow `before`."""
    if after != before and after not in NEXT_COLLECTION[before]:
        raise ImpossibleChangeError(f"{after} cannot follow {before or 'nothing'}")


def is_place(provider: Provider, place: Mapping[str, Any]) -> bool:
    """Whether a place says what this provider's bills are found by."""
    return bool(place) and place.keys() == _PLACES[provider]


def next_check(account: CloudAccount, now: datetime) -> datetime | None:
    """When to look again; None: never by ourselves.

    A finished stack is noticed within 5 minutes (ING-2), drift within a day, a new
    linked account of a payer within 6 hours, and what was mended within 15 minutes.
    """
    if account.origin == "linked" or account.connection_cause == "registered_elsewhere":
        return None
    if account.connection == "pre_registration":
        return _while_awaited(now - account.created_at, now)
    if account.connection != "healthy":
        return now + timedelta(minutes=15)
    return now + timedelta(hours=6 if account.is_payer else 24)


def _while_awaited(waited: timedelta, now: datetime) -> datetime | None:
    if waited > timedelta(days=30):
        return None
    return now + timedelta(minutes=1 if waited < timedelta(hours=1) else 4)
