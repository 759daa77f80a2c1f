"""What a company's subscriptions allow for one cloud account."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from finops_common.contracts.billing import Edition, Entitlement, State, allows


@dataclass(frozen=True, slots=True)
class Subscription:
    """What billing last said of it; for the whole company where `cloud_account_ids` is empty."""

    company_id: UUID
    id: UUID
    edition: Edition
    state: State
    cloud_account_ids: tuple[UUID, ...]
    version: int

    def is_for(self, cloud_account_id: UUID) -> bool:
        return not self.cloud_account_ids or cloud_account_id in self.cloud_account_ids


def allowed_for(
    subscriptions: Iterable[Subscription], cloud_account_id: UUID
) -> frozenset[Entitlement]:
    """Everything the subscriptions that are for the account allow together."""
    return frozenset().union(
        *(
            allows(each.edition, each.state)
            for each in subscriptions
            if each.is_for(cloud_account_id)
        )
    )
