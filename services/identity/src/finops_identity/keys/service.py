"""Which key signs now, which are published, and how one follows another."""

from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey
from sqlalchemy import insert, or_, select, update

from finops_common.acting import Acting
from finops_common.auth.tokens import ALGORITHM
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database, Transaction
from finops_common.ids import new_id
from finops_common.sealing import Sealer
from finops_identity.keys.tables import signing_keys

LIFE = timedelta(days=30)
AHEAD = timedelta(hours=1)
"""Published this long before it signs: longer than anyone keeps the key set."""
BEHIND = timedelta(days=1)
_OWNER = UUID(int=0)
"""Sealed for the installation itself, not for a person."""

log = structlog.get_logger(__name__)


class SigningKeys:
    """Signs with the newest key whose time has come. Every process reads the same rows."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._current: tuple[OKPKey, datetime] | None = None

    async def sign(self, claims: dict[str, object], now: datetime) -> str:
        """A JWT of `claims`."""
        key = await self._signing_key(now)
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])

    async def published(self) -> KeySet:
        """The public keys a verifier needs now."""
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            until = signing_keys.c.published_until
            rows = await tx.all(
                select(signing_keys.c.public).where(or_(until.is_(None), until > tx.now))
            )
        if not rows:
            await self.rotate()
            return await self.published()
        return KeySet([OKPKey.import_key(row.public) for row in rows])

    async def rotate(self, *, force: bool = False) -> None:
        """Make the next key when the last is due to be followed; the first signs at once."""
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            await tx.lock("signing keys")
            newest = await tx.one_or_none(
                select(signing_keys.c.signs_from)
                .order_by(signing_keys.c.signs_from.desc())
                .limit(1)
            )
            if newest and not force and newest.signs_from + LIFE - AHEAD > tx.now:
                return
            await self._add(tx, tx.now + AHEAD if newest else tx.now)
        log.info("signing_key_made")

    async def _add(self, tx: Transaction, signs_from: datetime) -> None:
        key = OKPKey.generate_key(
            "Ed25519", parameters={"kid": str(new_id()), "use": "sig", "alg": ALGORITHM}
        )
        place = f"signing_keys/{key.kid}"
        private = orjson.dumps(key.as_dict(private=True))
        open_ended = signing_keys.c.published_until.is_(None)
        await tx.execute(
            update(signing_keys).where(open_ended).values(published_until=signs_from + BEHIND)
        )
        await tx.execute(
            insert(signing_keys).values(
                kid=key.kid,
                public=key.as_dict(private=False),
                sealed_private=await self._sealer.seal(tx, _OWNER, place, private),
                signs_from=signs_from,
            )
        )

    async def _signing_key(self, now: datetime) -> OKPKey:
        if self._current and self._current[1] > now:
            return self._current[0]
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            due = select(signing_keys).where(signing_keys.c.signs_from <= now)
            row = await tx.one_or_none(due.order_by(signing_keys.c.signs_from.desc()).limit(1))
            if row:
                place = f"signing_keys/{row.kid}"
                private = await self._sealer.open(tx, _OWNER, place, row.sealed_private)
                key = OKPKey.import_key(orjson.loads(private))
                self._current = (key, now + timedelta(minutes=1))
                return key
        await self.rotate()
        return await self._signing_key(max(now, self._database.clock()))
