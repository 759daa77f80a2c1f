"""What is sealed opens only in its place, for its owner, and never after its key is destroyed."""

import base64
import os
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select
from tests.common.probe.running import EVERYBODY

from finops_common.db.tables import data_keys
from finops_common.db.transaction import Database
from finops_common.sealing import Sealer

pytestmark = pytest.mark.req("PRIV-6", part="envelope encryption, rotation")
OLD, NEW = (f"{name}:{base64.b64encode(os.urandom(32)).decode()}" for name in ("old", "new"))
ADA, BEN, PLACE, SECRET = uuid4(), uuid4(), "users.totp.1", b"JBSWY3DPEHPK3PXP"


async def test_a_secret_opens_in_its_place_and_does_not_show_in_what_is_stored(
    database: Database,
) -> None:
    sealer = Sealer(OLD)
    async with database.transaction(EVERYBODY) as tx:
        sealed = await sealer.seal(tx, ADA, PLACE, SECRET)
        twice = await sealer.seal(tx, ADA, PLACE, SECRET)
    async with database.transaction(EVERYBODY) as tx:
        opened = await sealer.open(tx, ADA, PLACE, sealed)

    assert opened == SECRET
    assert SECRET not in sealed
    assert sealed != twice


@pytest.mark.parametrize("moved", ["place", "owner", "altered", "nonce"])
async def test_a_moved_or_altered_secret_does_not_open(database: Database, moved: str) -> None:
    sealer = Sealer(OLD)
    async with database.transaction(EVERYBODY) as tx:
        sealed = await sealer.seal(tx, ADA, PLACE, SECRET)
        await sealer.seal(tx, BEN, PLACE, SECRET)
        owner = BEN if moved == "owner" else ADA
        place = "users.totp.2" if moved == "place" else PLACE
        at = {"altered": -1, "nonce": 0}.get(moved)
        if at is not None:
            changed = bytearray(sealed)
            changed[at] ^= 1
            sealed = bytes(changed)

        with pytest.raises(InvalidTag):
            await sealer.open(tx, owner, place, sealed)


async def test_master_keys_rotate_without_touching_what_is_sealed(database: Database) -> None:
    async with database.transaction(EVERYBODY) as tx:
        sealed = await Sealer(OLD).seal(tx, ADA, PLACE, SECRET)
    both = Sealer(f"{NEW},{OLD}")
    async with database.transaction(EVERYBODY) as tx:
        while_rotating = await both.open(tx, ADA, PLACE, sealed)
        wrapped = await both.rewrap(tx)
        again = await both.rewrap(tx)
    async with database.transaction(EVERYBODY) as tx:
        after = await Sealer(NEW).open(tx, ADA, PLACE, sealed)

    assert (while_rotating, wrapped, again, after) == (SECRET, 1, 0, SECRET)


@pytest.mark.req("PRIV-5", part="destroying a key")
async def test_nothing_opens_once_its_key_is_destroyed(database: Database) -> None:
    sealer = Sealer(OLD)
    async with database.transaction(EVERYBODY) as tx:
        sealed = await sealer.seal(tx, ADA, PLACE, SECRET)
        bens = await sealer.seal(tx, BEN, PLACE, SECRET)
        await sealer.destroy(tx, ADA)
    async with database.transaction(EVERYBODY) as tx:
        with pytest.raises(InvalidTag):
            await sealer.open(tx, ADA, PLACE, sealed)
        kept = await sealer.open(tx, BEN, PLACE, bens)
        keys = await tx.scalar(select(func.count()).select_from(data_keys))

    assert (kept, keys) == (SECRET, 1)
