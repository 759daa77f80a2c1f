"""Envelope encryption: secrets are sealed under a key per owner, which a master key wraps.

AES-256-GCM, bound to table, column and row, so that a sealed value moved elsewhere does
not open. Destroying an owner's key makes all that was sealed for them unreadable, in
backups too (PRIV-5, PRIV-6).
"""

import base64
import os
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.db.tables import data_keys
from finops_common.db.transaction import Transaction

NONCE = 12


class Sealer:
    """Seals and opens; `master_keys` is `id:base64` comma separated, the newest first."""

    def __init__(self, master_keys: str) -> None:
        pairs = [entry.strip().partition(":") for entry in master_keys.split(",")]
        self._masters = {name: AESGCM(base64.b64decode(key)) for name, _, key in pairs}
        self._newest = pairs[0][0]

    async def seal(self, tx: Transaction, owner: UUID, place: str, secret: bytes) -> bytes:
        """`secret` sealed for `owner`; `place` names table, column and row, and is needed to open."""
        nonce = os.urandom(NONCE)
        return nonce + (await self._key(tx, owner)).encrypt(nonce, secret, place.encode())

    async def open(self, tx: Transaction, owner: UUID, place: str, sealed: bytes) -> bytes:
        """What was sealed; raises cryptography's InvalidTag when moved, altered or destroyed."""
        row = await tx.one_or_none(_of(owner))
        if row is None:
            raise InvalidTag  # the key was destroyed: looking for it must not make a new one
        key = AESGCM(self._unwrap(row.master_key, owner, row.wrapped))
        return key.decrypt(sealed[:NONCE], sealed[NONCE:], place.encode())

    async def rewrap(self, tx: Transaction) -> int:
        """Wrap every key that an older master key wraps with the newest; how many there were."""
        old = data_keys.c.master_key != self._newest
        rows = await tx.all(select(data_keys).where(old).with_for_update())
        for row in rows:
            name, wrapped = self._wrap(
                self._unwrap(row.master_key, row.owner_id, row.wrapped), row.owner_id
            )
            change = update(data_keys).where(data_keys.c.owner_id == row.owner_id)
            await tx.execute(change.values(master_key=name, wrapped=wrapped))
        return len(rows)

    async def destroy(self, tx: Transaction, owner: UUID) -> None:
        """Make everything sealed for `owner` unreadable for good."""
        await tx.execute(delete(data_keys).where(data_keys.c.owner_id == owner))

    async def _key(self, tx: Transaction, owner: UUID) -> AESGCM:
        row = await tx.one_or_none(_of(owner))
        if row is None:
            name, wrapped = self._wrap(AESGCM.generate_key(256), owner)
            new = insert(data_keys).values(owner_id=owner, master_key=name, wrapped=wrapped)
            # Two at once: the first one's key is everybody's.
            await tx.execute(new.on_conflict_do_nothing())
            row = await tx.one(_of(owner))
        return AESGCM(self._unwrap(row.master_key, owner, row.wrapped))

    def _wrap(self, key: bytes, owner: UUID) -> tuple[str, bytes]:
        nonce = os.urandom(NONCE)
        return self._newest, nonce + self._masters[self._newest].encrypt(nonce, key, owner.bytes)

    def _unwrap(self, master: str, owner: UUID, wrapped: bytes) -> bytes:
        return self._masters[master].decrypt(wrapped[:NONCE], wrapped[NONCE:], owner.bytes)


def _of(owner: UUID) -> Select[Any]:
    return select(data_keys).where(data_keys.c.owner_id == owner)
