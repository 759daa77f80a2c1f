"""Says what became of deliveries and their runs."""

from finops_common.contracts.ingestion_analytics import (
    DeliveryChanged,
    DeliveryChecked,
    DeliveryRunChanged,
)
from finops_common.db.transaction import Transaction
from finops_ingestion.costs.deliveries.domain import Cause, Delivery, Run


def announce_change(
    tx: Transaction, before: Delivery | None, after: Delivery | None, changed: tuple[str, ...]
) -> None:
    """Made, changed or deleted."""
    of = after or before
    assert of is not None  # noqa: S101 - narrows for the type checker
    event = DeliveryChanged(
        delivery_id=of.id,
        organization_id=of.organization_id,
        changed=changed,
        before=before and before.told(),
        after=after and after.told(),
    )
    tx.publish(event, version=after.version if after else of.version + 1)


def announce_check(tx: Transaction, delivery: Delivery, cause: Cause | None) -> None:
    """Somebody has had an object written into the customer's bucket, and removed."""
    event = DeliveryChecked(
        delivery_id=delivery.id, organization_id=delivery.organization_id, cause=cause
    )
    tx.publish(event, reason=cause, outcome="failure" if cause else "success")


def announce_run(tx: Transaction, delivery: Delivery, run: Run) -> None:
    """What a run has come to."""
    event = DeliveryRunChanged(
        delivery_id=delivery.id,
        organization_id=delivery.organization_id,
        run_id=run.id,
        state=run.state,
        requested_by=run.requested_by,
        cause=run.cause,
        periods=tuple(sorted(f"{each.period:%Y-%m}" for each in run.files)),
        lines=sum(each.lines for each in run.files),
        bytes=sum(each.bytes for each in run.files),
    )
    tx.publish(event, reason=run.cause, outcome="failure" if run.cause else "success")
