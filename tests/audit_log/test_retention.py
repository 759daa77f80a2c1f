"""Whole months go, each behind a signed checkpoint, and nothing else goes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import KeySet, OKPKey
from sqlalchemy import select, text

from finops_audit_log.entries.domain import leaf_hash
from finops_audit_log.entries.handlers import fact_of
from finops_audit_log.entries.recorder import Recorder
from finops_audit_log.entries.sealing import PersonalSealer
from finops_audit_log.entries.tables import entries, leaves, personal_fields
from finops_audit_log.main import SERVICE
from finops_audit_log.retention.domain import due, merkle_root
from finops_audit_log.retention.repository import Month, make_months
from finops_audit_log.retention.service import EntriesMissingError, RetentionService
from finops_audit_log.retention.tables import checkpoints
from finops_common.acting import Acting, Actor, Origin
from finops_common.contracts.identity import SessionStarted
from finops_common.db.engine import create_engine
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database
from finops_common.events.envelope import envelope
from finops_common.ids import new_id
from finops_common.testing.databases import Databases
from finops_sandbox.databases import ServiceDatabase

NEXT_MONTH = datetime.now(UTC).replace(day=28) + timedelta(days=9)
MONTH = Month("access", NEXT_MONTH.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
YEARS_LATER = NEXT_MONTH + timedelta(days=6 * 366)


@pytest.fixture
async def stored(databases: Databases) -> ServiceDatabase:
    """A database of its own: months are dropped here."""
    return await databases.clone(SERVICE.name, SERVICE.migrations)


def at(url: str, now: datetime) -> Database:
    return Database(create_engine(url, name="test", pool_size=1), "audit-log", lambda: now)


async def record(database: Database, sealer: PersonalSealer, person: UUID) -> None:
    log_in = SessionStarted(user_id=person, session_id=new_id(), method="password", at=NEXT_MONTH)
    origin = Origin("r", Actor("user", str(person)), client_ip="198.51.100.7")
    message = envelope(log_in, source="/identity", time=NEXT_MONTH, origin=origin)
    async with database.transaction(Acting(SYSTEM)) as tx:
        await Recorder(sealer).record(tx, fact_of(message))


@pytest.mark.req("AUD-5", part="retention drops whole partitions and leaves a signed checkpoint")
async def test_a_dropped_month_leaves_a_signed_root_over_its_leaves(
    stored: ServiceDatabase, sealer: PersonalSealer, keys: dict[str, str]
) -> None:
    service, owner = at(stored.service_url, NEXT_MONTH), at(stored.owner_url, YEARS_LATER)
    ada, bob = new_id(), new_id()
    for person in (ada, bob, ada):
        await record(service, sealer, person)

    key = OKPKey.import_key(orjson.loads(keys["AUDIT_LOG_SERVICE_KEY"]))
    await RetentionService(owner, key).drop(MONTH)

    async with service.transaction(Acting(SYSTEM)) as tx:
        assert await tx.all(select(entries.c.id)) == []
        assert await tx.all(select(personal_fields.c.entry_id)) == []
        left = await tx.one(select(checkpoints))
        order = (leaves.c.chain_id, leaves.c.sequence)
        hashes = [
            row.leaf_hash for row in await tx.all(select(leaves.c.leaf_hash).order_by(*order))
        ]
    assert (left.entries, left.root) == (3, merkle_root(hashes))
    public = KeySet.import_key_set(orjson.loads(keys["FINOPS_SERVICE_JWKS"]))
    read = jws.deserialize_compact(left.signature, public, algorithms=["EdDSA"])
    assert orjson.loads(read.payload)["root"] == left.root.hex()
    await service.engine.dispose()
    await owner.engine.dispose()


@pytest.mark.req("AUD-5", part="a month that lacks an entry is not dropped")
async def test_a_month_from_which_an_entry_was_taken_is_not_dropped(
    stored: ServiceDatabase, sealer: PersonalSealer, keys: dict[str, str]
) -> None:
    service, owner = at(stored.service_url, NEXT_MONTH), at(stored.owner_url, YEARS_LATER)
    await record(service, sealer, new_id())
    part = f"parts.entries_{MONTH.part}"
    async with owner.engine.begin() as connection:
        await connection.execute(text(f"ALTER TABLE {part} DISABLE TRIGGER refuse_change"))
        await connection.execute(text(f"DELETE FROM {part}"))  # noqa: S608 - a test's own words

    key = OKPKey.import_key(orjson.loads(keys["AUDIT_LOG_SERVICE_KEY"]))
    with pytest.raises(EntriesMissingError):
        await RetentionService(owner, key).drop(MONTH)

    await service.engine.dispose()
    await owner.engine.dispose()


@pytest.mark.req("AUD-8", part="classes that go by age")
async def test_only_months_whose_clock_has_run_out_go(
    stored: ServiceDatabase, keys: dict[str, str]
) -> None:
    owner = at(stored.owner_url, YEARS_LATER)
    key = OKPKey.import_key(orjson.loads(keys["AUDIT_LOG_SERVICE_KEY"]))

    gone = await RetentionService(owner, key).drop_due()

    assert {month.retention for month in gone} == {"staff", "billing"}
    assert await RetentionService(owner, key).drop_due() == []
    await owner.engine.dispose()


async def test_months_are_made_ahead_and_making_them_again_changes_nothing(
    stored: ServiceDatabase,
) -> None:
    service = at(stored.service_url, (NEXT_MONTH.replace(day=1) + timedelta(days=40)))

    for _ in range(2):
        async with service.transaction(Acting(SYSTEM)) as tx:
            await make_months(tx)

    async with service.transaction(Acting(SYSTEM)) as tx:
        found = text(
            "SELECT count(*) FROM pg_tables WHERE tablename ~ '^entries_history_[0-9]{6}$'"
        )
        assert await tx.scalar(found) == 5
    await service.engine.dispose()


@pytest.mark.req("AUD-8", part="classes that go by age")
def test_a_class_without_an_age_never_falls_due() -> None:
    ended = datetime(2000, 1, 1, tzinfo=UTC)

    assert not due("history", ended, datetime.now(UTC))
    assert not due("billing", ended, ended + timedelta(days=5 * 365))
    assert due("billing", ended, ended + timedelta(days=5 * 366))


@pytest.mark.req("AUD-6", part="RFC 9162 tree hash")
def test_the_root_is_the_one_of_the_rfc() -> None:
    assert merkle_root([]).hex().startswith("e3b0c44298fc1c14")
    assert leaf_hash(b"").hex().startswith("6e340b9cffb37a98")
    inputs = (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
    hashes = [leaf_hash(bytes.fromhex(each)) for each in inputs]
    # Published test vectors of Certificate Transparency: trees of 1, 2, 3, 5 and 8 leaves.
    assert merkle_root(hashes[:1]).hex().startswith("6e340b9c")
    assert merkle_root(hashes[:2]).hex().startswith("fac54203")
    assert merkle_root(hashes[:3]).hex().startswith("aeb6bcfe")
    assert merkle_root(hashes[:5]).hex().startswith("4e3bbb1f")
    assert merkle_root(hashes).hex().startswith("5dc9da79")


@given(st.lists(st.binary(max_size=4), min_size=2, max_size=40), st.data())
def test_no_leaf_can_change_without_changing_the_root(
    contents: list[bytes], data: st.DataObject
) -> None:
    hashes = [leaf_hash(each) for each in contents]
    place = data.draw(st.integers(0, len(hashes) - 1))

    altered = [*hashes[:place], leaf_hash(contents[place] + b"!"), *hashes[place + 1 :]]

    assert merkle_root(altered) != merkle_root(hashes)
