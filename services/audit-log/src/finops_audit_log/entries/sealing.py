"""Personal fields of many entries opened at once, and the key by which an address is looked for."""

import hmac
import ipaddress
import os
from collections.abc import Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from finops_audit_log.entries.domain import INSTALLATION
from finops_audit_log.entries.tables import index_keys
from finops_common.db.tables import data_keys
from finops_common.db.transaction import Transaction
from finops_common.sealing import NONCE, Sealer

_PLACE = "index_keys/ip"


class PersonalSealer(Sealer):
    """Opens a page of entries with one query for all keys; what was erased opens as None."""

    def __init__(self, master_keys: str) -> None:
        super().__init__(master_keys)
        self._index_key: bytes | None = None

    async def open_many(
        self, tx: Transaction, sealed: Sequence[tuple[UUID, str, bytes]]
    ) -> list[bytes | None]:
        """Each (owner, place, sealed) opened; None where the owner's key was destroyed."""
        owners = {owner for owner, _, _ in sealed}
        rows = await tx.all(select(data_keys).where(data_keys.c.owner_id.in_(owners)))
        keys = {
            row.owner_id: AESGCM(self._unwrap(row.master_key, row.owner_id, row.wrapped))
            for row in rows
        }
        return [_open(keys.get(owner), place, secret) for owner, place, secret in sealed]

    async def ip_digest(self, tx: Transaction, ip: str) -> bytes:
        """What a row holds to be found by `ip`: the same for every spelling of one address."""
        key = self._index_key or await self._read_index_key(tx)
        return hmac.digest(key, _one_spelling(ip).encode(), "sha256")

    async def _read_index_key(self, tx: Transaction) -> bytes:
        found = await tx.one_or_none(select(index_keys.c.sealed))
        if found is None:
            sealed = await self.seal(tx, INSTALLATION, _PLACE, os.urandom(32))
            new = insert(index_keys).values(id=1, sealed=sealed)
            # Two at once: the first one's key is everybody's.
            await tx.execute(new.on_conflict_do_nothing())
            made = await tx.one(select(index_keys.c.sealed))
            # Not remembered: this transaction may yet roll back.
            return await self.open(tx, INSTALLATION, _PLACE, made.sealed)
        self._index_key = await self.open(tx, INSTALLATION, _PLACE, found.sealed)
        return self._index_key


def _open(key: AESGCM | None, place: str, sealed: bytes) -> bytes | None:
    if key is None:
        return None
    try:
        return key.decrypt(sealed[:NONCE], sealed[NONCE:], place.encode())
    except InvalidTag:
        # A person may have got a new key after the old one was destroyed.
        return None


def _one_spelling(ip: str) -> str:
    try:
        return str(ipaddress.ip_address(ip))
    except ValueError:
        return ip
