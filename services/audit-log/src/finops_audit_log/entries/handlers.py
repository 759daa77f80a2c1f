"""Events in: every event of the catalogue that states a fact becomes one entry."""

from datetime import UTC
from typing import Any
from uuid import UUID

from finops_audit_log.actions.domain import RECORDED
from finops_audit_log.entries.domain import INSTALLATION, Chain, Fact, Retention
from finops_audit_log.entries.personal import take_out
from finops_audit_log.entries.recorder import Recorder
from finops_common.contracts.identity import SESSION
from finops_common.db.transaction import Transaction
from finops_common.events.consumer import Handler, UnprocessableError
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope


def handlers(recorder: Recorder) -> dict[type[Event], Handler]:
    """One handler for every event that is recorded, those of tomorrow's contracts too."""

    async def on_event(message: Envelope[Any], tx: Transaction) -> None:
        await recorder.record(tx, fact_of(message))

    return dict.fromkeys(RECORDED, on_event)


def fact_of(message: Envelope[Any]) -> Fact:
    """What an event says, whatever its kind.

    Raises:
        UnprocessableError: its time has no offset, so nobody can say when it was.
    """
    if message.time.tzinfo is None:
        raise UnprocessableError("the event's time has no UTC offset")
    event: Event = message.data
    data = event.model_dump(mode="json")
    target_kind, target_field = event.target
    company_id = message.company_id or getattr(event, "company_id", None)
    chain = _chain(message, company_id)
    before, old = take_out(data.pop("before", None), "before")
    after, new = take_out(data.pop("after", None), "after")
    facts, others = take_out(data, "data")
    actor = message.origin.actor
    return Fact(
        chain=chain,
        retention=_retention(message),
        happened_at=message.time.astimezone(UTC),
        company_id=company_id,
        organization_id=message.organization_id or getattr(event, "organization_id", None),
        actor_kind=actor.kind if actor else None,
        actor_id=actor.id if actor else None,
        impersonator=message.impersonator,
        action=event.name,
        target_kind=target_kind or event.topic.name.partition(".")[2],
        target_id=str(getattr(event, target_field)) if target_field else message.subject,
        before=before,
        after=after,
        data=facts,
        reason=message.reason,
        outcome=message.outcome,
        request_id=message.origin.request_id,
        event_id=message.id,
        event_type=message.type,
        personal=_owned(
            (_person_acting(message) or chain.id, _client(message)),
            (_person_meant(event) or chain.id, old | new | others),
        ),
    )


def _chain(message: Envelope[Any], company_id: UUID | None) -> Chain:
    # A log-in is the person's own, whichever companies they work for.
    if company_id and message.data.topic != SESSION:
        return Chain("company", company_id)
    person = _person_meant(message.data) or _person_acting(message)
    return Chain("person", person) if person else Chain("installation", INSTALLATION)


def _retention(message: Envelope[Any]) -> Retention:
    if message.impersonator:
        return "staff"
    if message.data.topic == SESSION:
        return "access"
    return "billing" if message.data.topic.service == "billing" else "history"


def _person_meant(event: Event) -> UUID | None:
    kind, field = event.target
    return UUID(str(getattr(event, field))) if kind == "user" else None


def _person_acting(message: Envelope[Any]) -> UUID | None:
    actor = message.origin.actor
    return UUID(actor.id) if actor and actor.kind == "user" else None


def _client(message: Envelope[Any]) -> dict[str, str]:
    seen = {"ip": message.origin.client_ip, "user_agent": message.origin.user_agent}
    return {name: value for name, value in seen.items() if value}


def _owned(*parts: tuple[UUID, dict[str, Any]]) -> dict[UUID, dict[str, Any]]:
    owned: dict[UUID, dict[str, Any]] = {}
    for owner, fields in parts:
        if fields:
            owned[owner] = owned.get(owner, {}) | fields
    return owned
