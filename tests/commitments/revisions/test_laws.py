"""Whatever comes in whatever order, an organization has the last revision's records alone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.commitments.service import Source, wrapped

from finops_commitments.revisions.handlers import HANDLERS
from finops_commitments.revisions.repository import RevisionRepository
from finops_commitments.revisions.tables import cost_hour_parts
from finops_common.acting import Acting
from finops_common.contracts.ingestion import CostCommitted, CostPart
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope
from finops_common.events.inbox import first_time
from finops_common.ids import new_id

ALWAYS, NEVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class History:
    """What was published, in the order it is delivered, and what must come of it."""

    source: Source
    owners: tuple[UUID, UUID]
    messages: list[Envelope[Any]]
    last: list[Event]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Revisions with retries that failed or broke off, parts in any order, repeats anywhere."""
    source, owners = Source(new_id()), (new_id(), new_id())
    delivered: list[Envelope[Any]] = []
    last: list[Event] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        for ending in draw(st.lists(st.sampled_from(["failed", "broken off"]), max_size=2)):
            delivered += _attempt(draw, source, owners, number, ending)
        last = _events(draw, source, owners, number, new_id())
        delivered += _shuffled(draw, last)
    again = draw(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=6))
    for which, at in again:
        # A repeat comes after its first delivery, whatever else has come between.
        first = which % len(delivered)
        delivered.insert(first + 1 + at % (len(delivered) - first), delivered[first])
    return History(source, owners, delivered, last)


def _attempt(
    draw: st.DrawFn, source: Source, owners: tuple[UUID, UUID], number: int, ending: str
) -> list[Envelope[Any]]:
    attempt = new_id()
    sent = _events(draw, source, owners, number, attempt)[:-1]
    if ending == "failed":
        sent.insert(draw(st.integers(1, len(sent))), source.failed(number, attempt))
    return [wrapped(event) for event in sent]


def _events(
    draw: st.DrawFn, source: Source, owners: tuple[UUID, UUID], number: int, attempt: UUID
) -> list[Event]:
    """A revision with up to two parts for each organization; what they hold does not matter."""
    shares = {owner: [b""] * draw(st.integers(0, 2)) for owner in owners}
    return source.revision(number, {o: p for o, p in shares.items() if p}, attempt=attempt)


def _shuffled(draw: st.DrawFn, events: list[Event]) -> list[Envelope[Any]]:
    return [wrapped(event) for event in (events[0], *draw(st.permutations(events[1:])))]


async def deliver(database: Database, source: Source, message: Envelope[Any]) -> None:
    """As the consumer does: handler and inbox row in one transaction."""
    handler = HANDLERS.get(type(message.data))
    if handler is None:
        return
    async with database.transaction(Acting(scopes.company(source.company_id))) as tx:
        if await first_time(tx, "laws", message.id):
            await handler(message, tx)


async def parts_of(database: Database, source: Source, owner: UUID) -> set[tuple[UUID, int]]:
    """The parts an organization's figures are made from."""
    acts = Acting(scopes.organization(source.company_id, owner))
    async with database.transaction(acts) as tx:
        found = await RevisionRepository(tx).list_parts(ALWAYS, NEVER, with_records=True)
    return {(each.revision.attempt, each.part) for each in found}


@pytest.mark.req("COM-24", part="any history ends in the state of the last revision alone")
@pytest.mark.req("ING-20", part="consumer: retries with other parts")
@given(history=histories())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_any_history_ends_in_the_last_revision_alone(
    database: Database, usage_part: bytes, history: History
) -> None:
    for message in history.messages:
        await deliver(database, history.source, _with_records(message, usage_part))

    committed = history.last[-1]
    assert isinstance(committed, CostCommitted)
    sent = [event for event in history.last if isinstance(event, CostPart)]
    for owner in history.owners:
        expected = {(e.attempt, e.part) for e in sent if e.organization_id == owner}
        assert await parts_of(database, history.source, owner) == expected
    async with database.transaction(Acting(scopes.company(history.source.company_id))) as tx:
        kept = await tx.all(select(cost_hour_parts.c.attempt).distinct())
    assert {row.attempt for row in kept} <= {committed.attempt}


@pytest.fixture(scope="session")
def usage_part(a_record: Callable[..., Any], part_of: Callable[..., bytes]) -> bytes:
    return part_of(a_record(list_cost="1"))


def _with_records(message: Envelope[Any], records: bytes) -> Envelope[Any]:
    if not isinstance(message.data, CostPart):
        return message
    facts = message.data.model_copy(update={"records": records})
    return Envelope(
        **{n: getattr(message, n) for n in message.__slots__ if n != "data"}, data=facts
    )
