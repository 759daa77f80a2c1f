"""What an activation is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from finops_autosavings.accounts.domain import Possibility
from finops_common.contracts.ingestion_queries import CloudAccountFacts


@dataclass(frozen=True, slots=True)
class Activation:
    """That autosavings works, or worked, for a cloud account; `since` it last began or ended."""

    cloud_account_id: UUID
    active: bool
    since: datetime
    activated_by: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cloud account with what could be done with it and whether it is active."""

    account: CloudAccountFacts
    possibilities: tuple[Possibility, ...]
    active: bool
