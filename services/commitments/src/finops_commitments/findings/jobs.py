"""When an organization is assessed: soon after something it rests on has changed."""

from datetime import timedelta
from uuid import UUID

from finops_common.db.transaction import Transaction
from finops_common.jobs import enqueue

ASSESS = "commitments.assess"
SOON = timedelta(seconds=1)
"""Imports come in rows: the first assessment then finds them all, the others nothing new."""


async def assess_soon(
    tx: Transaction, company_id: UUID, organization_id: UUID, occasion: UUID
) -> None:
    """Queue the assessment, once per occasion."""
    payload = {"company_id": str(company_id), "organization_id": str(organization_id)}
    await enqueue(tx, ASSESS, payload, job_id=occasion, run_at=tx.now + SOON)
