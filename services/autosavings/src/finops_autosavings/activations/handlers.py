"""What org-rbac's and ingestion's events mean here."""

from finops_autosavings.activations.repository import ActivationRepository
from finops_autosavings.activations.service import end_activation
from finops_common.contracts.ingestion import CloudAccountDetached, CloudAccountMoved
from finops_common.contracts.org_rbac import OrganizationDeleted
from finops_common.db.transaction import Transaction
from finops_common.events.envelope import Envelope


async def on_organization_deleted(_message: Envelope[OrganizationDeleted], tx: Transaction) -> None:
    """Work for none of its accounts any more."""
    for activation in await ActivationRepository(tx).list_active():
        await end_activation(tx, activation.cloud_account_id)


async def on_cloud_account_detached(
    message: Envelope[CloudAccountDetached], tx: Transaction
) -> None:
    """Work for it no more; plans made from now on leave it out."""
    await end_activation(tx, message.data.cloud_account_id)


async def on_cloud_account_moved(message: Envelope[CloudAccountMoved], tx: Transaction) -> None:
    """The organization it left has agreed to nothing in the one it came to; that one may begin anew."""
    await end_activation(tx, message.data.cloud_account_id)
