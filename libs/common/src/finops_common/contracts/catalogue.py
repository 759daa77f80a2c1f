"""Every event there is, for the documents made from them and for who reads them all."""

from finops_common.contracts import (
    autosavings,
    billing,
    commitments,
    identity,
    ingestion,
    org_rbac,
    revocations,
)
from finops_common.events.contract import Event, Topic

EVENTS: tuple[type[Event], ...] = (
    *commitments.EVENTS,
    *identity.EVENTS,
    *ingestion.EVENTS,
    *org_rbac.EVENTS,
    *revocations.EVENTS,
    *billing.EVENTS,
    *autosavings.EVENTS,
)


def topics_of(service: str) -> tuple[Topic, ...]:
    """The topics `service` writes."""
    return tuple({e.topic.name: e.topic for e in EVENTS if e.topic.service == service}.values())
