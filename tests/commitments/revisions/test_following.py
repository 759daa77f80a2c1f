"""What ingestion publishes becomes figures, once and of the newest revision alone."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from tests.commitments.service import ATenant, Source, Tenant, Topics, until, wrapped

from finops_common.contracts.ingestion import CostPart
from finops_common.ids import new_id

WINDOW = "since=2026-10-01T00:00:00Z&until=2026-11-01T00:00:00Z"


async def on_demand(tenant: Tenant) -> str | None:
    """The on-demand cost of October; None while there is nothing."""
    totals = (await tenant.get(f"coverage?{WINDOW}"))["totals"]
    return totals[0]["on_demand_cost"] if totals else None


async def becomes(tenant: Tenant, cost: str | None) -> None:
    async def there() -> bool:
        return await on_demand(tenant) == cost

    await until(there)


@pytest.fixture
def usage(a_record: Callable[..., Any], part_of: Callable[..., bytes]) -> Callable[..., bytes]:
    """One hour of on-demand usage of this cost, as a part."""
    return lambda cost, **facts: part_of(
        a_record(list_cost=cost, effective_cost=cost, billed_cost=cost, **facts)
    )


@pytest.mark.req("COM-24", part="a new import shows within 60 s of its last record")
async def test_a_new_import_shows_within_seconds_of_its_last_record(
    a_tenant: ATenant, topics: Topics, usage: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    organization = tenant.id

    await topics.send(*tenant.source.revision(1, {organization: [usage("2.5"), usage("1.5")]}))
    sent = time.monotonic()
    await becomes(tenant, "4")

    assert time.monotonic() - sent < 60


@pytest.mark.req("COM-24", part="a restated period replaces, never adds")
@pytest.mark.req("COM-23", part="as_of, finality, formula version")
async def test_a_restated_period_replaces_what_was_there(
    a_tenant: ATenant, topics: Topics, usage: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    organization = tenant.id
    await topics.send(*tenant.source.revision(1, {organization: [usage("2.5"), usage("1.5")]}))
    await becomes(tenant, "4")
    before = await tenant.get(f"coverage?{WINDOW}&by=day")

    await topics.send(*tenant.source.revision(2, {organization: [usage("7")]}, finality="restated"))
    await becomes(tenant, "7")

    after = await tenant.get(f"coverage?{WINDOW}&by=day")
    assert [before["finality"], after["finality"]] == ["open", "restated"]
    assert [row["finality"] for row in after["rows"]] == ["restated"]
    assert after["as_of"] == "2026-10-03T00:00:00Z"
    assert after["formula_version"] == "2"


@pytest.mark.req("COM-24", part="the same event twice changes nothing")
@pytest.mark.req("ING-20", part="consumer: repeats and replays from the start")
async def test_a_replay_of_the_whole_topic_changes_nothing(
    a_tenant: ATenant, topics: Topics, usage: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    organization = tenant.id
    first = tenant.source.revision(1, {organization: [usage("2.5")]})
    second = tenant.source.revision(2, {organization: [usage("7")]})
    messages = [wrapped(event) for event in (*first, *second)]
    await topics.send(*messages)
    await becomes(tenant, "7")

    await topics.send(*messages)
    # The same facts as new events, as after a restored producer.
    await topics.send(*first, *second)
    await topics.send(*tenant.source.revision(3, {organization: [usage("8")]}))

    await becomes(tenant, "8")


@pytest.mark.req("ING-20", part="consumer: a commit waits for its parts, in any order")
async def test_a_revision_whose_parts_come_late_stands_once_the_last_is_there(
    a_tenant: ATenant, topics: Topics, usage: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    organization = tenant.id
    started, one, two, committed = tenant.source.revision(
        1, {organization: [usage("2.5"), usage("1.5")]}
    )

    await topics.send(started, two, committed)
    await asyncio.sleep(0.5)
    assert await on_demand(tenant) is None
    await topics.send(one)

    await becomes(tenant, "4")


@pytest.mark.req("ING-20", part="consumer: failed and foreign attempts do not count")
async def test_what_a_failed_attempt_sent_never_counts(
    a_tenant: ATenant, topics: Topics, usage: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    organization = tenant.id
    failing, retried = new_id(), new_id()
    started, one, two, _ = tenant.source.revision(
        1, {organization: [usage("2.5"), usage("1.5")]}, attempt=failing
    )

    await topics.send(started, one, tenant.source.failed(1, failing), two)
    await topics.send(*tenant.source.revision(1, {organization: [usage("3")]}, attempt=retried))

    await becomes(tenant, "3")


@pytest.mark.req("COM-24", part="an account that moved takes its records along")
async def test_an_organization_that_a_newer_revision_does_not_name_loses_its_records(
    a_tenant: ATenant, topics: Topics, usage: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    other = await tenant.owner.open_organization(tenant.company_id, "Another")
    organization = tenant.id
    await topics.send(
        *tenant.source.revision(1, {organization: [usage("2.5")], UUID(other): [usage("1")]})
    )
    await becomes(tenant, "2.5")

    await topics.send(*tenant.source.revision(2, {UUID(other): [usage("3.5")]}))

    await becomes(tenant, None)


@pytest.mark.req("ING-20", part="consumer: a part that cannot be read fails its revision aloud")
async def test_a_revision_with_an_unreadable_part_leaves_the_one_before_in_place(
    a_tenant: ATenant, topics: Topics, usage: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    organization = tenant.id
    await topics.send(*tenant.source.revision(1, {organization: [usage("2.5")]}))
    await becomes(tenant, "2.5")

    damaged = tenant.source.revision(2, {organization: [b"no Arrow", usage("9")]})
    assert isinstance(damaged[1], CostPart)
    await topics.send(*damaged)
    await topics.send(*_another_source(tenant, organization, usage))

    await becomes(tenant, "3.5")


def _another_source(tenant: Tenant, organization: UUID, usage: Callable[..., bytes]) -> list[Any]:
    source = Source(tenant.source.company_id)
    return source.revision(1, {organization: [usage("1")]})
