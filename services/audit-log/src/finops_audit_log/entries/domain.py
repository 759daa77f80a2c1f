"""What an entry is, in which chain it stands, and the bytes its proof is made over."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

ChainKind = Literal["company", "person", "installation"]
Retention = Literal["access", "history", "billing", "staff"]
RETENTIONS: tuple[Retention, ...] = ("access", "history", "billing", "staff")
"""What is kept equally long lies together, so that a month of it can be dropped whole."""

INSTALLATION = UUID(int=0)
"""The chain of what concerns no company and no person."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A sequence of entries without gaps; `id` is the company's or person's."""

    kind: ChainKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Fact:
    """What an event says, before it has a place in a chain.

    `personal` holds what may have to be erased: per owner, values by their path.
    """

    chain: Chain
    retention: Retention
    happened_at: datetime
    company_id: UUID | None
    organization_id: UUID | None
    actor_kind: str | None
    actor_id: str | None
    impersonator: str | None
    action: str
    target_kind: str
    target_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    data: dict[str, Any]
    reason: str | None
    outcome: str
    request_id: str
    event_id: UUID
    event_type: str
    personal: Mapping[UUID, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact at its place. `digests` stand for personal fields, by path, also once these are erased.

    `personal` is what of them could still be opened; it is no part of the proof.
    """

    id: UUID
    chain_id: UUID
    sequence: int
    retention: Retention
    happened_at: datetime
    recorded_at: datetime
    company_id: UUID | None
    organization_id: UUID | None
    person_id: UUID | None
    actor_kind: str | None
    actor_id: str | None
    impersonator: str | None
    action: str
    target_kind: str
    target_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    data: dict[str, Any]
    reason: str | None
    outcome: str
    request_id: str
    event_id: UUID
    event_type: str
    digests: dict[str, str]
    personal: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry lies: its id, and what its partition is chosen by."""

    id: UUID
    retention: Retention
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries of a list are wanted; None and empty do not restrict. Times: from, before.

    `among` are all entries from the address, or else with the text, where they are few.
    """

    person: UUID | None = None
    actions: tuple[str, ...] = ()
    outcome: str | None = None
    ip: str | None = None
    ip_digest: bytes | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    among: tuple[Place, ...] | None = None


_PROVEN = tuple(name for name in Entry.__dataclass_fields__ if name != "personal")


def canonical(entry: Entry) -> bytes:
    """The one byte form of `entry`: JSON with sorted keys, UTC times to the microsecond."""
    return canonical_json({name: _plain(getattr(entry, name)) for name in _PROVEN})


def canonical_json(value: object) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def leaf_hash(content: bytes) -> bytes:
    """The hash of a Merkle tree's leaf, RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x00" + content).digest()


def search_text(fact: Fact) -> str:
    """What a search for text looks into: lower case, without any personal field."""
    words = [fact.action, fact.target_kind, fact.target_id, fact.reason or ""]
    for part in (fact.before, fact.after, fact.data):
        words += _words(part)
    return " ".join(words).lower()[:4000]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value


def _words(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [word for each in value.values() for word in _words(each)]
    if isinstance(value, list):
        return [word for each in value for word in _words(each)]
    return [value] if isinstance(value, str) else []
