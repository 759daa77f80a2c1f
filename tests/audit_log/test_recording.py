"""Events become entries: all of them, once, at their place, with what a reader will ask."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiokafka import ConsumerRecord
from sqlalchemy import select

from finops_audit_log.actions.domain import RECORDED
from finops_audit_log.entries.domain import Entry, canonical, leaf_hash
from finops_audit_log.entries.handlers import fact_of, handlers
from finops_audit_log.entries.recorder import Recorder
from finops_audit_log.entries.sealing import PersonalSealer
from finops_audit_log.entries.tables import entries, leaves, personal_fields
from finops_common.acting import Acting
from finops_common.contracts.catalogue import EVENTS
from finops_common.contracts.identity import SessionStarted, UserChanged
from finops_common.contracts.org_rbac import (
    InvitationSent,
    MemberRoleChanged,
    OrganizationRenamed,
)
from finops_common.contracts.revocations import STREAMS
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database
from finops_common.events.consumer import Consumer
from finops_common.events.contract import Event
from finops_common.events.dead_letters import DeadLetters
from finops_common.events.envelope import Envelope, to_record
from finops_common.events.relay import kafka_producer
from finops_common.ids import new_id
from finops_sandbox.stack import Stack

Wrap = Callable[..., Envelope[Any]]
Publish = Callable[..., Awaitable[UUID]]
Recorded = Callable[..., Awaitable[list[Any]]]


def a_renaming(company_id: UUID, after: str = "Platform") -> Event:
    return OrganizationRenamed(
        company_id=company_id,
        organization_id=new_id(),
        organization_name=after,
        before={"name": "Old"},
        after={"name": after},
    )


def a_log_in(user_id: UUID) -> Event:
    return SessionStarted(
        user_id=user_id,
        session_id=new_id(),
        method="password",
        browser="Chrome 142",
        at=datetime.now(UTC),
    )


def as_entry(row: Any) -> Entry:  # noqa: ANN401 - a row
    names = Entry.__dataclass_fields__.keys() - {"personal"}
    return Entry(**{name: getattr(row, name) for name in names})


@pytest.mark.req("AUD-1", part="every event there is")
def test_every_event_of_the_catalogue_is_recorded_but_revocations_and_measurements() -> None:
    streams = {"ingestion.cost", "ingestion.commitment-inventory", "ingestion.offers"}
    measurements = {event for event in EVENTS if event.topic.name in streams}

    assert set(EVENTS) - set(RECORDED) == set(STREAMS) | measurements


@pytest.mark.req("AUD-2")
@pytest.mark.req("ORG-30", part="audit-log keeps it")
async def test_an_entry_says_who_did_what_to_whom_before_after_why_and_from_where(
    publish: Publish, recorded: Recorded
) -> None:
    company, organization, ada, bob = (new_id() for _ in range(4))
    change = MemberRoleChanged(
        company_id=company,
        organization_id=organization,
        user_id=bob,
        before={"role": "member"},
        after={"role": "admin"},
    )
    happened = datetime.now(UTC) - timedelta(minutes=5)

    (entry,) = await recorded(await publish(change, by=ada, at=happened, reason="promotion"))

    assert entry.action == "member.role_changed"
    assert (entry.actor_kind, entry.actor_id) == ("user", str(ada))
    assert (entry.target_kind, entry.target_id) == ("user", str(bob))
    assert (entry.before, entry.after) == ({"role": "member"}, {"role": "admin"})
    assert (entry.reason, entry.outcome) == ("promotion", "success")
    assert (entry.company_id, entry.organization_id) == (company, organization)
    assert entry.happened_at == happened
    assert entry.recorded_at > happened
    assert (entry.chain_id, entry.sequence) == (company, 1)
    assert set(entry.digests) == {"ip", "user_agent"}


@pytest.mark.req("AUD-5", part="nothing personal stands in an entry")
@pytest.mark.req("PRIV-5", part="personal fields of entries are sealed per person")
async def test_personal_fields_are_sealed_beside_the_entry(
    publish: Publish, recorded: Recorded, database: Database
) -> None:
    bob = new_id()
    change = UserChanged(
        user_id=bob,
        email="bob@example.com",
        email_verified=True,
        full_name="Bob Builder",
        language="en",
        before={"full_name": "Bob", "language": "ko"},
        after={"full_name": "Bob Builder", "language": "en"},
    )

    (entry,) = await recorded(await publish(change, by=bob, ip="203.0.113.9"))

    stored = " ".join(map(str, entry))
    assert not [
        word for word in ("example.com", "Builder", "203.0.113", "Browser") if word in stored
    ]
    assert (entry.before, entry.after) == ({"language": "ko"}, {"language": "en"})
    async with database.transaction(Acting(SYSTEM)) as tx:
        mine = select(personal_fields.c.owner_id).where(personal_fields.c.entry_id == entry.id)
        assert [row.owner_id for row in await tx.all(mine)] == [bob]


@pytest.mark.req("AUD-6", part="leaves over canonical entries, salted")
async def test_the_leaf_can_be_recomputed_from_what_is_stored_also_after_erasure(
    publish: Publish, recorded: Recorded, database: Database, sealer: PersonalSealer
) -> None:
    company = new_id()
    sent = InvitationSent(
        company_id=company,
        invitation_id=new_id(),
        email="bob@example.com",
        owner=False,
        expires_at=datetime.now(UTC),
        before={"ratio": 0.1, "count": 100000, "text": "a\x00b", "nested": [{"email": "x@y.zz"}]},
    )
    (row,) = await recorded(await publish(sent, by=new_id()))

    async with database.transaction(Acting(SYSTEM)) as tx:
        await sealer.destroy(tx, company)
        leaf = await tx.scalar(select(leaves.c.leaf_hash).where(leaves.c.entry_id == row.id))

    assert leaf == leaf_hash(canonical(as_entry(row)))
    assert {"data.email", "before.nested.0.email"} < row.digests.keys()


@pytest.mark.req("AUD-3", part="log-ins stand in the person's chain")
async def test_a_log_in_stands_in_the_persons_chain_and_a_change_in_the_companys(
    publish: Publish, recorded: Recorded
) -> None:
    ada, company = new_id(), new_id()

    log_in, change = await recorded(
        await publish(a_log_in(ada), by=ada), await publish(a_renaming(company), by=ada)
    )

    assert (log_in.chain_id, log_in.person_id, log_in.company_id) == (ada, ada, None)
    assert (change.chain_id, change.person_id, change.company_id) == (company, None, company)
    assert (log_in.retention, change.retention) == ("access", "history")


@pytest.mark.req("AUD-4", part="an event delivered twice is one entry")
async def test_an_event_delivered_twice_is_one_entry(
    publish: Publish, recorded: Recorded, database: Database, wrap: Wrap
) -> None:
    company = new_id()
    message = wrap(a_renaming(company))

    await publish(message)
    await publish(message)
    await recorded(await publish(a_renaming(company)))

    async with database.transaction(Acting(SYSTEM)) as tx:
        mine = select(entries.c.sequence).where(entries.c.company_id == company)
        assert sorted(row.sequence for row in await tx.all(mine)) == [1, 2]


@pytest.mark.req("AUD-4", part="events out of order keep their own times")
async def test_an_event_that_comes_late_keeps_its_own_time(
    publish: Publish, recorded: Recorded
) -> None:
    company, now = new_id(), datetime.now(UTC)

    newer, older = await recorded(
        await publish(a_renaming(company), at=now),
        await publish(a_renaming(company), at=now - timedelta(days=40)),
    )

    assert (newer.happened_at, older.happened_at) == (now, now - timedelta(days=40))


@pytest.mark.req("AUD-4", part="visible within 2 s")
async def test_an_event_is_an_entry_within_two_seconds(
    publish: Publish, recorded: Recorded
) -> None:
    company = new_id()
    await recorded(await publish(a_renaming(company)))

    took = []
    for _ in range(20):
        started = time.perf_counter()
        await recorded(await publish(a_renaming(company)))
        took.append(time.perf_counter() - started)

    # The middle one: a machine that runs other tests beside may hold up any single entry.
    assert statistics.median(took) < 2.0


@pytest.mark.req("AUD-4", part="one entry, with consumers side by side")
@pytest.mark.req("AUD-2", part="a sequence without gaps")
async def test_eight_consumers_side_by_side_leave_no_gap_and_no_second_entry(
    stack: Stack, topic_prefix: str, database: Database, sealer: PersonalSealer, wrap: Wrap
) -> None:
    company, person = new_id(), new_id()
    messages = [wrap(a_renaming(company, f"Name {n}")) for n in range(40)]
    messages += [wrap(a_log_in(person), by=person) for _ in range(40)]
    group = f"side-by-side-{company}"
    recorder = Recorder(sealer)

    async with AsyncExitStack() as entered:
        producer = kafka_producer(stack.kafka_brokers or "")
        entered.push_async_callback(producer.stop)
        await producer.start()
        letters = DeadLetters(producer, topic_prefix, "audit-log")
        consumers = [
            Consumer(
                group,
                handlers(recorder),
                database,
                letters,
                brokers=stack.kafka_brokers or "",
                prefix=topic_prefix,
                scope=lambda _: SYSTEM,
            )
            for _ in range(8)
        ]
        # Each consumer gets every event: all but one find it taken.
        taken = await asyncio.gather(*(take(c, group, messages) for c in consumers))

    assert sum(taken) == len(messages)
    for chain in (company, person):
        async with database.transaction(Acting(SYSTEM)) as tx:
            rows = await tx.all(select(leaves.c.sequence).where(leaves.c.chain_id == chain))
        assert sorted(row.sequence for row in rows) == list(range(1, 41))


async def take(consumer: Consumer, group: str, messages: list[Envelope[Any]]) -> int:
    taken = 0
    for message in messages:
        headers, value = to_record(message)
        record = ConsumerRecord(
            message.data.topic.name, 0, 0, 0, 0, None, value, None, 0, len(value), ()
        )
        taken += await consumer.replay(record, headers | {"dl_group": group})
    return taken


@pytest.mark.req("AUD-2", part="a sequence without gaps")
async def test_a_failed_transaction_gives_its_place_back(
    database: Database, sealer: PersonalSealer, wrap: Wrap
) -> None:
    company = new_id()
    recorder = Recorder(sealer)

    async def fail() -> None:
        async with database.transaction(Acting(SYSTEM)) as tx:
            await recorder.record(tx, fact_of(wrap(a_renaming(company))))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.transaction(Acting(SYSTEM)) as tx:
        entry = await recorder.record(tx, fact_of(wrap(a_renaming(company))))

    assert entry.sequence == 1
