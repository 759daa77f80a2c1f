"""What ingestion answers about cloud accounts on its internal route `POST /internal/cloud-accounts`.

`data_until` and `last_import_state` are those of the billing source that delivers the account.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from finops_common.contracts.ingestion import CollectionStatus, ConnectionStatus, Provider

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
