"""A service's migrated database and topics on the benchmark's own servers."""

import asyncio
from typing import Any

from finops_common.acting import Acts
from finops_common.contracts.catalogue import topics_of
from finops_common.contracts.ingestion_queries import CostGroupRules
from finops_common.db.migrations import upgrade
from finops_common.events.topics import dead_letter_topic, make_topics
from finops_common.service import Service
from finops_sandbox.databases import ServiceDatabase, create_service_database
from finops_sandbox.documents import services
from finops_sandbox.environment import SERVICES
from sides import Given

PREFIX = "bench."


async def service_database(given: Given, name: str) -> ServiceDatabase:
    """The service's database, made and migrated when it is not there."""
    stored = await create_service_database(given.postgres, name, f"bench_{name.replace('-', '_')}")
    await asyncio.to_thread(upgrade, service_named(name).migrations, stored.owner_url)
    return stored


def service_named(name: str) -> Service[Any]:
    """The service as its processes know it."""
    return next(service for service in services() if service.name == name)


async def all_topics(brokers: str) -> None:
    """Every topic, as each api process follows others' revocations."""
    letters = [dead_letter_topic(name) for name in SERVICES]
    topics = [topic for name in SERVICES for topic in topics_of(name)]
    await make_topics(brokers, PREFIX, [*topics, *letters])


class NoGroups:
    """An organization without cost groups."""

    async def rules(self, _: Acts) -> CostGroupRules:
        return CostGroupRules(version=0)
