"""Entries on the wire, and the filters of their lists."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from finops_audit_log.entries.domain import Entry, Filter
from finops_audit_log.entries.personal import put_back
from finops_common.schemas import Instant


class Actor(BaseModel):
    """Who did it."""

    kind: Literal["user", "api_key", "service", "system"]
    id: str = Field(description="of the user or key, or the service's name")


class Target(BaseModel):
    """What it was done to."""

    kind: str
    id: str


class EntryView(BaseModel):
    """One entry. `sequence` counts without gaps in its chain, which is a company's or person's."""

    id: UUID
    chain_id: UUID
    sequence: int
    happened_at: datetime
    recorded_at: datetime
    company_id: UUID | None
    organization_id: UUID | None
    actor: Actor | None
    impersonator: str | None = Field(description="member of staff who acted as the actor")
    action: str = Field(description="a word of the vocabulary, GET /audit-log/v1/actions")
    target: Target
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    data: dict[str, Any] = Field(description="further facts of the action")
    reason: str | None
    outcome: Literal["success", "failure"]
    ip: str | None
    user_agent: str | None
    request_id: str
    event_id: UUID
    erased: list[str] = Field(description="personal fields that are no longer readable")


def view(entry: Entry) -> EntryView:
    """The entry with its personal fields where they belong."""
    personal = entry.personal
    return EntryView(
        id=entry.id,
        chain_id=entry.chain_id,
        sequence=entry.sequence,
        happened_at=entry.happened_at,
        recorded_at=entry.recorded_at,
        company_id=entry.company_id,
        organization_id=entry.organization_id,
        actor=_actor(entry),
        impersonator=entry.impersonator,
        action=entry.action,
        target=Target(kind=entry.target_kind, id=entry.target_id),
        before=put_back(entry.before, "before", personal),
        after=put_back(entry.after, "after", personal),
        data=put_back(entry.data, "data", personal),
        reason=entry.reason,
        outcome="failure" if entry.outcome == "failure" else "success",
        ip=personal.get("ip"),
        user_agent=personal.get("user_agent"),
        request_id=entry.request_id,
        event_id=entry.event_id,
        erased=sorted(entry.digests.keys() - personal.keys()),
    )


async def wanted(
    person: Annotated[UUID | None, Query(description="who acted, or who logged in")] = None,
    action: Annotated[
        list[Annotated[str, Field(max_length=100)]] | None,
        Query(max_length=50, description="one or more words of the vocabulary"),
    ] = None,
    outcome: Annotated[Literal["success", "failure"] | None, Query()] = None,
    ip: Annotated[str | None, Query(max_length=64, description="the whole address")] = None,
    text: Annotated[
        str | None,
        Query(
            min_length=2,
            max_length=100,
            description="part of an id, a reason or a value; personal fields are not searched",
        ),
    ] = None,
    since: Annotated[Instant | None, Query(description="happened then or later")] = None,
    until: Annotated[Instant | None, Query(description="happened before")] = None,
) -> Filter:
    """The dependency of every list of entries."""
    return Filter(
        person=person,
        actions=tuple(action or ()),
        outcome=outcome,
        ip=ip,
        text=text,
        since=since,
        until=until,
    )


def _actor(entry: Entry) -> Actor | None:
    if entry.actor_kind is None or entry.actor_id is None:
        return None
    return Actor.model_validate({"kind": entry.actor_kind, "id": entry.actor_id})
