"""Notes runs and queues their jobs in one transaction."""

from uuid import UUID

from finops_common.db.transaction import Transaction
from finops_common.jobs import enqueue
from finops_ingestion.costs.deliveries.announcing import announce_run
from finops_ingestion.costs.deliveries.domain import Delivery, Run, RunCause
from finops_ingestion.costs.deliveries.repository import RunRepository

KIND = "delivery"


async def queue_run(
    tx: Transaction, delivery: Delivery, run_id: UUID, requested_by: RunCause, *, anew: bool
) -> Run:
    """A run of a delivery that is locked and has none; its job has its id."""
    run = await RunRepository(tx).add(run_id, delivery.id, requested_by, anew=anew)
    payload = {
        "company_id": str(delivery.company_id),
        "organization_id": str(delivery.organization_id),
        "delivery_id": str(delivery.id),
    }
    await enqueue(tx, KIND, payload, job_id=run.id, lane=f"deliveries-{delivery.company_id}")
    announce_run(tx, delivery, run)
    return run
