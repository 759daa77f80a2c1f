"""Policies in PostgreSQL."""

from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import insert, select

from finops_autosavings.policies.domain import Policy, PolicyVersion
from finops_autosavings.policies.tables import policies
from finops_common.db.transaction import Transaction

_c = policies.c
_POLICY = TypeAdapter(Policy)


class PolicyRepository:
    """The policy of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock(self) -> None:
        """Let changes of this organization's policy come one after another."""
        await self._tx.lock("policy", self._tx.organization_id)

    async def current(self) -> PolicyVersion:
        """The newest version; the default one where nobody has set any."""
        mine = select(_c.version, _c.body).where(_c.organization_id == self._tx.organization_id)
        row = await self._tx.one_or_none(mine.order_by(_c.version.desc()).limit(1))
        if row is None:
            return PolicyVersion(0, Policy())
        return PolicyVersion(row.version, _POLICY.validate_python(row.body))

    async def add(self, version: PolicyVersion, by: UUID) -> None:
        row = insert(policies).values(
            organization_id=self._tx.organization_id,
            version=version.version,
            company_id=self._tx.company_id,
            body=document(version.policy),
            changed_by=by,
            changed_at=self._tx.now,
        )
        await self._tx.execute(row)


def document(policy: Policy) -> dict[str, Any]:
    """The policy as JSON; decimals are text."""
    found: dict[str, Any] = _POLICY.dump_python(policy, mode="json")
    return found
