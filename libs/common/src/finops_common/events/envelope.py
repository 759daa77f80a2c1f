"""CloudEvents 1.0 in Kafka's binary mode: the envelope in headers, the data as JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from finops_common.acting import Actor, Origin
from finops_common.events.contract import Event
from finops_common.ids import new_id

Outcome = Literal["success", "failure"]
E = TypeVar("E", bound=Event)


class MalformedEventError(ValueError):
    """A record on a topic is no event of ours; says which part is wrong."""


@dataclass(frozen=True, slots=True)
class Envelope(Generic[E]):
    """An event with what the audit log and tracing need to know about it.

    `version` is the aggregate's for state events, so that a consumer can ignore an
    older one. `origin.actor` did it; `impersonator` is a member of staff who acted as them.
    """

    id: UUID
    type: str
    source: str
    time: datetime
    subject: str
    data: E
    origin: Origin
    version: int | None = None
    impersonator: str | None = None
    company_id: UUID | None = None
    organization_id: UUID | None = None
    reason: str | None = None
    outcome: Outcome = "success"


def envelope(
    event: E,
    *,
    source: str,
    time: datetime,
    origin: Origin,
    version: int | None = None,
    company_id: UUID | None = None,
    organization_id: UUID | None = None,
    reason: str | None = None,
    outcome: Outcome = "success",
) -> Envelope[E]:
    """Wrap a new event: gives it its id."""
    return Envelope(
        id=new_id(),
        type=event.type(),
        source=source,
        time=time,
        subject=event.subject(),
        data=event,
        origin=origin,
        version=version,
        company_id=company_id,
        organization_id=organization_id,
        reason=reason,
        outcome=outcome,
    )


def to_headers(message: Envelope[Any]) -> dict[str, str]:
    """The envelope as Kafka headers; what is not known is left out."""
    actor = message.origin.actor
    found: dict[str, object | None] = {
        "ce_specversion": "1.0",
        "ce_id": message.id,
        "ce_type": message.type,
        "ce_source": message.source,
        "ce_time": message.time.isoformat(),
        "ce_subject": message.subject,
        "ce_aggregateversion": message.version,
        "ce_actor": None if actor is None else f"{actor.kind}:{actor.id}",
        "ce_impersonator": message.impersonator,
        "ce_companyid": message.company_id,
        "ce_organizationid": message.organization_id,
        "ce_requestid": message.origin.request_id,
        "ce_reason": message.reason,
        "ce_outcome": message.outcome,
        "ce_clientip": message.origin.client_ip,
        "ce_useragent": message.origin.user_agent,
        "traceparent": message.origin.traceparent,
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def to_record(message: Envelope[Any]) -> tuple[dict[str, str], bytes]:
    """Headers and value of the Kafka record for `message`."""
    value, own_headers = message.data.encode()
    return to_headers(message) | own_headers, value


def decode_headers(headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    return {name: value.decode("utf-8", "replace") for name, value in headers}


def from_record(kind: type[E], headers: Mapping[str, str], value: bytes) -> Envelope[E]:
    """Read what `to_record` wrote.

    Raises:
        MalformedEventError: a header is missing or wrong, or the data does not fit `kind`.
    """
    try:
        return Envelope(
            id=UUID(headers["ce_id"]),
            type=headers["ce_type"],
            source=headers["ce_source"],
            time=datetime.fromisoformat(headers["ce_time"]),
            subject=headers["ce_subject"],
            data=kind.decode(headers, value),
            origin=_origin(headers),
            version=_optional(headers, "ce_aggregateversion", int),
            impersonator=headers.get("ce_impersonator"),
            company_id=_optional(headers, "ce_companyid", UUID),
            organization_id=_optional(headers, "ce_organizationid", UUID),
            reason=headers.get("ce_reason"),
            outcome="failure" if headers.get("ce_outcome") == "failure" else "success",
        )
    except (KeyError, ValueError) as error:
        raise MalformedEventError(f"{type(error).__name__}: {error}"[:500]) from error


def _origin(headers: Mapping[str, str]) -> Origin:
    kind, _, name = headers.get("ce_actor", "").partition(":")
    return Origin(
        request_id=headers.get("ce_requestid", headers["ce_id"]),
        actor=Actor(kind, name) if kind in {"user", "api_key", "service", "system"} else None,  # type: ignore[arg-type] # checked just before
        traceparent=headers.get("traceparent"),
        client_ip=headers.get("ce_clientip"),
        user_agent=headers.get("ce_useragent"),
    )


T = TypeVar("T")


def _optional(headers: Mapping[str, str], name: str, read: type[T]) -> T | None:
    value = headers.get(name)
    return None if value is None else read(value)  # type: ignore[call-arg] # int and UUID both take text
