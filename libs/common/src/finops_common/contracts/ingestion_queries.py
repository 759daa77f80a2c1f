"""What ingestion answers on its internal routes: cloud accounts, and revisions that stand.

`POST /internal/cloud-accounts`: cloud accounts of an organization.
`GET /internal/revisions`: every revision that stands; the hourly records of one are at
`GET /internal/revisions/{billing_source_id}/{period}/parts/{organization_id}/{n}?revision=`,
`n` from 0 below that organization's `parts`, each an Arrow IPC stream.
`GET /internal/companies/{company_id}/organizations/{organization_id}/cost-groups`: the rules of
its cost groups in force.

`data_until` and `last_import_state` are those of the billing source that delivers the account.
"""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from finops_common.contracts.ingestion import (
    CollectionStatus,
    ConnectionStatus,
    Finality,
    OrganizationShare,
    Provider,
)

Capability = Literal["bills", "commitments", "resources", "purchase", "resale"]


class CloudAccountsQuestion(BaseModel):
    """Which cloud accounts does an organization have?"""

    model_config = ConfigDict(extra="forbid")

    organization_id: UUID


class MissingRights(BaseModel):
    """The provider's actions a capability lacks, by their exact names."""

    model_config = ConfigDict(frozen=True)

    capability: Capability
    actions: tuple[str, ...]


class CloudAccountFacts(BaseModel):
    """One cloud account as it is connected now."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    provider: Provider
    account_id: str
    """The provider's own id: 12 digits for AWS."""
    payer_account_id: str
    """The account that pays; the same as `account_id` for a payer."""
    status: ConnectionStatus
    change_pending: bool = False
    """It is being moved, detached or given other credentials."""
    granted: frozenset[Capability] = frozenset()
    missing: tuple[MissingRights, ...] = ()
    payer_is_reseller: bool = False
    from_uploads_only: bool = False
    """Its figures come from uploaded files, which prove no ownership."""
    data_until: datetime | None = None
    """The end of the newest hour there are cost records for; None: none yet."""
    last_import_state: CollectionStatus | None = None
    """None: nothing was imported yet."""


class CloudAccountsAnswer(BaseModel):
    """All of them; empty for an organization that is not known."""

    accounts: list[CloudAccountFacts]


class StandingRevision(BaseModel):
    """A revision that stands, with what `cost.committed` said of it."""

    model_config = ConfigDict(frozen=True)

    billing_source_id: UUID
    company_id: UUID
    period: date
    revision: int
    attempt: UUID
    finality: Finality
    as_of: datetime
    parts: int
    organizations: tuple[OrganizationShare, ...]


class StandingRevisions(BaseModel):
    """All of them, oldest period first."""

    revisions: list[StandingRevision]


class RecordFilter(BaseModel):
    """Hourly records whose column has one of `values`, or with `excluded` all others.

    A null among the values: the bill does not say; no values: it says anything at all.
    """

    model_config = ConfigDict(frozen=True)

    column: str | None
    """None: what the rule looks at (a tag, a cost category, a resource) is in no record."""
    values: tuple[str | None, ...] = ()
    excluded: bool = False


class RecordRule(BaseModel):
    """Records that pass all filters are the group's, unless a rule before takes them."""

    model_config = ConfigDict(frozen=True)

    group_id: str
    filters: tuple[RecordFilter, ...] = ()


class CostGroupRules(BaseModel):
    """An organization's cost groups (ING-34) as they sort hourly records; version 0 is empty."""

    model_config = ConfigDict(frozen=True)

    version: int
    parents: dict[str, str | None] = {}
    """Every group with the one above it; None of a root."""
    rules: tuple[RecordRule, ...] = ()
