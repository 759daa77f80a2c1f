"""Reading and setting an organization's policy."""

from finops_autosavings.policies.domain import AVAILABLE, Policy, PolicyVersion, differences
from finops_autosavings.policies.repository import PolicyRepository, document
from finops_autosavings.problems import ModeNotAvailable
from finops_common.auth.caller import Caller
from finops_common.contracts.autosavings import PolicyChanged
from finops_common.db.transaction import Database
from finops_common.errors.problem import PreconditionFailed


class PolicyService:
    """Use cases of policies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, caller: Caller) -> PolicyVersion:
        """The policy in force; version 0 is the default."""
        async with self._database.transaction(caller) as tx:
            return await PolicyRepository(tx).current()

    async def change(
        self, caller: Caller, policy: Policy, if_version: int | None, reason: str | None
    ) -> PolicyVersion:
        """Set a new version; the same policy again makes none.

        Raises:
            RecentLoginNeeded: it asks step-up. ModeNotAvailable: not dry_run.
            PreconditionFailed: it has changed since it was read.
        """
        if policy.mode not in AVAILABLE:
            raise ModeNotAvailable(mode=policy.mode)
        async with self._database.transaction(caller) as tx:
            caller.need_recent_login(tx.now)
            policies = PolicyRepository(tx)
            await policies.lock()
            before = await policies.current()
            if if_version not in {None, before.version}:
                raise PreconditionFailed
            changed = differences(before.policy, policy)
            if not changed:
                return before
            after = PolicyVersion(before.version + 1, policy)
            await policies.add(after, caller.user_id)
            old, new = document(before.policy), document(policy)
            event = PolicyChanged(
                organization_id=tx.organization_id,
                policy_version=after.version,
                mode=policy.mode,
                before={name: old[name] for name in changed},
                after={name: new[name] for name in changed},
            )
            tx.publish(event, version=after.version, reason=reason)
            return after
