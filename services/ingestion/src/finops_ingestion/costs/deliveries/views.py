"""Deliveries and runs as HTTP shows them."""

from collections.abc import Iterable

from finops_common.i18n import Language
from finops_ingestion.costs.deliveries import schemas
from finops_ingestion.costs.deliveries.domain import (
    Cause,
    DeliveredFile,
    Delivery,
    Run,
    Sums,
    role_name,
    sum_up,
)
from finops_ingestion.costs.deliveries.problems import ADVICE


def delivery_view(delivery: Delivery, language: Language) -> schemas.DeliveryView:
    """With what stands in its way, in the reader's language."""
    follows = delivery.enabled and delivery.proven_at is not None
    healthy = "healthy" if delivery.proven_at else "unchecked"
    return schemas.DeliveryView(
        id=delivery.id,
        name=delivery.name,
        enabled=delivery.enabled,
        terms=schemas.DeliveryTerms.of(delivery.terms),
        folder=delivery.folder,
        role_name=role_name(delivery.id),
        status="failing" if delivery.cause else healthy,
        cause=delivery.cause,
        advice=_advice(delivery.cause, language),
        checked_at=delivery.checked_at,
        delivered_at=delivery.delivered_at,
        due_at=delivery.due_at if follows else None,
        version=delivery.version,
        created_at=delivery.created_at,
        changed_at=delivery.changed_at,
    )


def run_view(run: Run, language: Language) -> schemas.DeliveryRunView:
    """With what it has written until now."""
    return schemas.DeliveryRunView(
        id=run.id,
        delivery_id=run.delivery_id,
        requested_by=run.requested_by,
        anew=run.anew,
        state=run.state,
        cause=run.cause,
        advice=_advice(run.cause, language),
        tries=run.tries,
        files=[_file(each) for each in sorted(run.files, key=lambda each: each.period)],
        lines=sum(each.lines for each in run.files),
        bytes=sum(each.bytes for each in run.files),
        totals=_totals(sum_up(each for file in run.files for each in file.totals)),
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )


def _file(file: DeliveredFile) -> schemas.DeliveredFileView:
    return schemas.DeliveredFileView(
        period=f"{file.period:%Y-%m}",
        key=file.key,
        bytes=file.bytes,
        sha256=file.sha256,
        etag=file.etag,
        lines=file.lines,
        finality=file.finality,
        totals=_totals(file.totals),
    )


def _totals(sums: Iterable[Sums]) -> list[schemas.DeliveredTotal]:
    return [schemas.DeliveredTotal.model_validate(each, from_attributes=True) for each in sums]


def _advice(cause: Cause | None, language: Language) -> str | None:
    return None if cause is None else ADVICE[cause].render(language)
