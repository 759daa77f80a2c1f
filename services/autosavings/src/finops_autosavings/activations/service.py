"""Beginning and ending autosavings for cloud accounts."""

from uuid import UUID

from finops_autosavings.accounts.adapters import CloudAccounts
from finops_autosavings.accounts.domain import possibilities
from finops_autosavings.activations.domain import Activation, Candidate
from finops_autosavings.activations.repository import ActivationRepository
from finops_autosavings.problems import AccountNotReady, NotEntitled
from finops_autosavings.subscriptions.domain import allowed_for
from finops_autosavings.subscriptions.repository import SubscriptionRepository
from finops_autosavings.switches.repository import SwitchRepository
from finops_common.auth.caller import Caller
from finops_common.contracts.autosavings import ActivationChanged
from finops_common.contracts.billing import Entitlement
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound


class ActivationService:
    """Use cases of activations."""

    def __init__(self, database: Database, accounts: CloudAccounts) -> None:
        self._database = database
        self._accounts = accounts

    async def list_candidates(self, caller: Caller) -> list[Candidate]:
        """Every cloud account of the organization with its permission check."""
        async with self._database.transaction(caller) as tx:
            subscriptions = await SubscriptionRepository(tx).list_all()
            active = await ActivationRepository(tx).list_active()
            organization_id = tx.organization_id
        working = {each.cloud_account_id for each in active}
        found = await self._accounts.list_all(organization_id)
        return [
            Candidate(
                account,
                possibilities(account, allowed_for(subscriptions, account.id)),
                account.id in working,
            )
            for account in sorted(found, key=lambda each: (each.account_id, each.id))
        ]

    async def activate(self, caller: Caller, cloud_account_id: UUID) -> Candidate:
        """Begin to work for an account; one that is active stays so.

        Raises:
            NotFound: no account of the organization. NotEntitled: no edition is for it.
            AccountNotReady: plans need rights that are missing, or a connection.
        """
        candidates = await self.list_candidates(caller)
        found = next((each for each in candidates if each.account.id == cloud_account_id), None)
        if found is None:
            raise NotFound
        _need_plan(found)
        async with self._database.transaction(caller) as tx:
            await SwitchRepository(tx).make_sure()
            begun = await ActivationRepository(tx).activate(cloud_account_id, caller.user_id)
            _publish(tx, begun)
        return Candidate(found.account, found.possibilities, active=True)

    async def end(self, caller: Caller, cloud_account_id: UUID) -> None:
        """Stop working for an account; nothing when it was not active."""
        async with self._database.transaction(caller) as tx:
            await end_activation(tx, cloud_account_id)


async def end_activation(tx: Transaction, cloud_account_id: UUID) -> None:
    """End one activation of the transaction's organization, and say so."""
    _publish(tx, await ActivationRepository(tx).end(cloud_account_id))


def _need_plan(candidate: Candidate) -> None:
    plan = candidate.possibilities[0]
    if "edition_does_not_allow" in plan.why_not:
        raise NotEntitled(entitlement=Entitlement.PLAN.value)
    if not plan.possible:
        raise AccountNotReady(why_not=list(plan.why_not), missing=list(plan.missing))


def _publish(tx: Transaction, activation: Activation | None) -> None:
    if activation is None:
        return
    changed = ActivationChanged(
        organization_id=tx.organization_id,
        cloud_account_id=activation.cloud_account_id,
        active=activation.active,
        before={"active": not activation.active},
        after={"active": activation.active},
    )
    tx.publish(changed, version=activation.version)
