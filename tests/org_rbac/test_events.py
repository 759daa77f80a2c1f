"""Every change is one event that says who, what, before and after."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from finops_common.contracts import org_rbac
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope, decode_headers, from_record
from finops_sandbox.stack import Stack

BY_TYPE: dict[str, type[Event]] = {event.type(): event for event in org_rbac.EVENTS}


async def events_of(stack: Stack, prefix: str, company: str, least: int) -> list[Envelope[Any]]:
    """What org-rbac has said of a company, in order, once there are `least`."""
    topic = prefix + org_rbac.ORGANIZATION.name
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=stack.kafka_brokers, auto_offset_reset="earliest"
    )
    await consumer.start()
    found: dict[Any, Envelope[Any]] = {}
    try:
        async with asyncio.timeout(10):
            while len(found) < least:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        headers = decode_headers(record.headers)
                        if headers["ce_subject"] == company:
                            message = from_record(
                                BY_TYPE[headers["ce_type"]], headers, record.value
                            )
                            found.setdefault(message.id, message)
    finally:
        await consumer.stop()
    return list(found.values())


@pytest.mark.req("ORG-30")
async def test_changes_are_events_in_their_order(firm, stack: Stack, topic_prefix: str) -> None:
    path = f"{firm.members}/{firm.dee.user_id}"
    await firm.bob.ask(
        "PUT", f"{path}/role", {"role": "read_write", "reason": "on call"}, expect=204
    )
    await firm.bob.ask("DELETE", f"{path}?reason=left%20the%20team", expect=204)

    told = await events_of(stack, topic_prefix, firm.company, 14)

    names = [message.data.name for message in told]
    assert names[:4] == [
        "company.created",
        "member.added",
        "organization.created",
        "organization.created",
    ]
    assert names[-2:] == ["member.role_changed", "member.removed"]
    changed = told[-2]
    assert (changed.data.before, changed.data.after) == ({"role": "member"}, {"role": "read_write"})
    assert changed.reason == "on call"
    assert changed.origin.actor is not None
    assert changed.origin.actor.id == firm.bob.user_id
    assert changed.data.user_id.hex == firm.dee.user_id.replace("-", "")
    assert changed.organization_id is not None
    assert len({message.origin.request_id for message in told}) > 1


@pytest.mark.req("ORG-31", part="without groups, policies and scopes")
async def test_one_change_is_one_revocation_record(firm, stack: Stack, topic_prefix: str) -> None:
    topic = topic_prefix + "org-rbac.revocation"
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=stack.kafka_brokers, auto_offset_reset="latest"
    )
    await consumer.start()
    await consumer.seek_to_end()
    await firm.ada.ask(
        "POST",
        f"/org-rbac/v1/companies/{firm.company}/organizations/{firm.platform}/deletion",
        {"name": "Platform"},
        expect=204,
    )

    records = []
    for _ in range(20):
        for batch in (await consumer.getmany(timeout_ms=100)).values():
            records += [r for r in batch if firm.company.encode() in r.value]
    await consumer.stop()

    assert len(records) == 1
