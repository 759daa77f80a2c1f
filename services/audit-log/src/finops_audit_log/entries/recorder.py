"""Puts a fact at the end of its chain, personal fields sealed beside it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from finops_audit_log.entries.domain import Entry, Fact, canonical, leaf_hash, search_text
from finops_audit_log.entries.personal import SALT_BYTES, digest
from finops_audit_log.entries.repository import ChainRepository, SealedFields, place
from finops_audit_log.entries.sealing import PersonalSealer
from finops_common.db.transaction import Transaction
from finops_common.ids import new_id


@dataclass(frozen=True, slots=True)
class _Salted:
    """Per owner, what is to be sealed: path to (salt, value); and what stands in the proof."""

    owned: dict[UUID, dict[str, tuple[str, Any]]]
    digests: dict[str, str]


class Recorder:
    """Records facts within the caller's transaction."""

    def __init__(self, sealer: PersonalSealer) -> None:
        self._sealer = sealer

    async def record(self, tx: Transaction, fact: Fact) -> Entry:
        """Write `fact` as the next entry of its chain; it stands there once `tx` commits."""
        entry_id, salted = new_id(), _salt(fact.personal)
        # Keys before the chain: the chain's lock is the last that is waited for, so two
        # transactions never wait for each other.
        sealed = [
            await self._seal(tx, entry_id, owner, fields)
            for owner, fields in sorted(salted.owned.items())
        ]
        chains = ChainRepository(tx)
        sequence = await chains.next_sequence(fact.chain)
        entry = _entry(entry_id, sequence, tx, fact, salted.digests)
        leaf = leaf_hash(canonical(entry))
        await chains.append(entry, leaf, search_text(fact), sealed)
        return entry

    async def _seal(
        self, tx: Transaction, entry_id: UUID, owner: UUID, fields: dict[str, tuple[str, Any]]
    ) -> SealedFields:
        secret = orjson.dumps(fields)
        ip = fields.get("ip")
        return SealedFields(
            owner,
            await self._sealer.seal(tx, owner, place(entry_id, owner), secret),
            await self._sealer.ip_digest(tx, ip[1]) if ip else None,
        )


def _salt(personal: Mapping[UUID, Mapping[str, Any]]) -> _Salted:
    salted = _Salted({}, {})
    for owner, fields in personal.items():
        for path, value in fields.items():
            salt = os.urandom(SALT_BYTES)
            salted.owned.setdefault(owner, {})[path] = (salt.hex(), value)
            salted.digests[path] = digest(salt, value)
    return salted


def _entry(
    entry_id: UUID, sequence: int, tx: Transaction, fact: Fact, digests: dict[str, str]
) -> Entry:
    return Entry(
        id=entry_id,
        chain_id=fact.chain.id,
        sequence=sequence,
        retention=fact.retention,
        happened_at=fact.happened_at,
        recorded_at=tx.now,
        company_id=fact.company_id,
        organization_id=fact.organization_id,
        person_id=fact.chain.id if fact.chain.kind == "person" else None,
        actor_kind=fact.actor_kind,
        actor_id=fact.actor_id,
        impersonator=fact.impersonator,
        action=fact.action,
        target_kind=fact.target_kind,
        target_id=fact.target_id,
        before=fact.before,
        after=fact.after,
        data=fact.data,
        reason=fact.reason,
        outcome=fact.outcome,
        request_id=fact.request_id,
        event_id=fact.event_id,
        event_type=fact.event_type,
        digests=digests,
    )
