"""What autosavings does when an account is detached, or moves to another organization."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from tests.autosavings.conftest import Said, Saver
from tests.commitments.service import Topics

from finops_common.contracts.autosavings import ActivationChanged
from finops_common.contracts.ingestion import CloudAccountDetached, CloudAccountMoved
from finops_sandbox.stack import Stack


@pytest.fixture
async def topics(stack: Stack, topic_prefix: str) -> AsyncIterator[Topics]:
    """Says what ingestion says."""
    brokers = stack.kafka_brokers or ""
    producer = AIOKafkaProducer(bootstrap_servers=brokers)
    await producer.start()
    yield Topics(producer, brokers, topic_prefix)
    await producer.stop()


def facts(saver: Saver, organization_id: UUID) -> dict[str, Any]:
    return {
        "cloud_account_id": saver.account.id,
        "company_id": UUID(saver.company_id),
        "organization_id": organization_id,
        "provider": "AWS",
        "account_id": saver.account.account_id,
        "payer_account_id": saver.account.payer_account_id,
    }


async def ended(saver: Saver) -> None:
    for _ in range(100):
        (found,) = (await saver.ask("GET", "/activations")).json()["items"]
        if not found["active"]:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("autosavings still works for the account")


@pytest.mark.req("ING-5", part="autosavings works no more for a detached account")
async def test_a_detached_account_is_worked_for_no_more(
    saver: Saver, topics: Topics, events: Said
) -> None:
    message = CloudAccountDetached(**facts(saver, saver.organization_id))

    await topics.send(message, message)
    await ended(saver)

    refused = await saver.ask("POST", "/plans")
    assert refused.status_code == 409
    said = await events(ActivationChanged, saver, 2)
    assert [each.data.active for each in said] == [True, False]


@pytest.mark.req("ING-2", part="a moved account is worked for no more where it was")
async def test_a_moved_account_is_worked_for_no_more_where_it_was(
    saver: Saver, topics: Topics
) -> None:
    there = facts(saver, uuid4())

    await topics.send(CloudAccountMoved(**there, from_organization_id=saver.organization_id))

    await ended(saver)
