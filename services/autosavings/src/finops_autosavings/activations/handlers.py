"""What org-rbac's events mean here."""

from finops_autosavings.activations.repository import ActivationRepository
from finops_autosavings.activations.service import end_activation
from finops_common.contracts.org_rbac import OrganizationDeleted
from finops_common.db.transaction import Transaction
from finops_common.events.envelope import Envelope


async def on_organization_deleted(_message: Envelope[OrganizationDeleted], tx: Transaction) -> None:
    """Work for none of its accounts any more."""
    for activation in await ActivationRepository(tx).list_active():
        await end_activation(tx, activation.cloud_account_id)
