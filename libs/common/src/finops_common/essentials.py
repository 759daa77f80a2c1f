"""What every api and worker process of every service is built from."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc.jwk import KeySet
from sqlalchemy import text

from finops_common.auth.access import Access, Decisions, Sessions
from finops_common.auth.revocations import RevocationFeed
from finops_common.auth.tokens import PublicKeys, ServiceTokens, TokenVerifier
from finops_common.clock import Clock, utc_now
from finops_common.db.engine import create_engine
from finops_common.db.scopes import Scope
from finops_common.db.transaction import Database
from finops_common.events.consumer import Consumer, Handler, scope_of
from finops_common.events.contract import Event, Topic
from finops_common.events.dead_letters import DeadLetters
from finops_common.events.envelope import Envelope
from finops_common.events.inbox import sweep_inbox
from finops_common.events.relay import LateProducer, Relay
from finops_common.health import Check
from finops_common.http import (
    RemoteDecisions,
    RemoteSessions,
    ServiceClient,
    fetch_keys,
    http_client,
)
from finops_common.idempotency import Idempotency
from finops_common.jobs import sweep_jobs
from finops_common.sealing import Sealer
from finops_common.settings import ServiceSettings


@dataclass(frozen=True)
class Local:
    """What identity and org-rbac answer themselves instead of asking over HTTP."""

    decisions: Callable[[Database], Decisions] | None = None
    sessions: Callable[[Database], Sessions] | None = None
    keys: Callable[[Database], Callable[[], Awaitable[KeySet]]] | None = None


@dataclass(frozen=True)
class Essentials:
    """Database, access and clients of one process; `wiring.py` of a service builds on it."""

    settings: ServiceSettings
    clock: Clock
    database: Database
    http: httpx.AsyncClient
    tokens: ServiceTokens
    access: Access
    feed: RevocationFeed
    idempotency: Idempotency
    sealer: Sealer

    def client(self, base_url: str, callee: str) -> ServiceClient:
        """Calls to `callee`'s internal routes, signed as this service."""
        return ServiceClient(self.http, base_url, callee, self.tokens)

    def relay(self, heartbeat: Topic | None = None) -> Relay:
        """The relay of this service's outbox, for its worker."""
        return Relay(
            self.settings.database_url.get_secret_value(),
            self.settings.kafka_brokers,
            self.settings.topic_prefix,
            self.clock,
            heartbeat,
        )

    @asynccontextmanager
    async def consumer(
        self,
        group: str,
        handlers: Mapping[type[Event], Handler],
        scope: Callable[[Envelope[Any]], Scope] = scope_of,
    ) -> AsyncIterator[Consumer]:
        """A consumer group of this service's worker."""
        service, prefix = self.database.service, self.settings.topic_prefix
        # Late: a worker that starts while Kafka is away waits for it and does not end.
        producer = LateProducer(self.settings.kafka_brokers)
        letters = DeadLetters(producer, prefix, service)
        brokers = self.settings.kafka_brokers
        try:
            yield Consumer(
                group, handlers, self.database, letters, brokers=brokers, prefix=prefix, scope=scope
            )
        finally:
            await producer.stop()

    async def sweep(self) -> None:
        """Forget what has served its time: answers for repeats, ended jobs, known events."""
        await self.idempotency.sweep()
        await sweep_inbox(self.database)
        await sweep_jobs(self.database)

    def checks(self) -> dict[str, Check]:
        """What readiness of an api process means."""

        async def database() -> bool:
            async with asyncio.timeout(2), self.database.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
            return True

        async def revocations() -> bool:
            return self.feed.caught_up

        return {"database": database, "revocations": revocations}


@asynccontextmanager
async def essentials(
    service: str, settings: ServiceSettings, *, clock: Clock = utc_now, local: Local | None = None
) -> AsyncIterator[Essentials]:
    """Build them, and close them at the end. Connects to nothing before first use."""
    local = local or Local()
    async with AsyncExitStack() as stack:
        engine = create_engine(
            settings.database_url.get_secret_value(),
            name=service,
            pool_size=settings.database_pool_size,
        )
        stack.push_async_callback(engine.dispose)
        http = await stack.enter_async_context(http_client())
        database = Database(engine, service, clock)
        tokens = ServiceTokens(
            service, settings.service_key.get_secret_value(), settings.service_jwks, clock
        )
        keys = local.keys(database) if local.keys else fetch_keys(http, settings.identity_url)
        org_rbac = ServiceClient(http, settings.org_rbac_url, "org-rbac", tokens)
        identity = ServiceClient(http, settings.identity_url, "identity", tokens)
        access = Access(
            TokenVerifier(PublicKeys(keys, clock), clock),
            local.sessions(database) if local.sessions else RemoteSessions(identity),
            local.decisions(database) if local.decisions else RemoteDecisions(org_rbac),
            lambda: feed.silent,
            clock,
            owns_sessions=local.sessions is not None,
        )
        feed = RevocationFeed(settings.kafka_brokers, settings.topic_prefix, clock, access.revoke)
        yield Essentials(
            settings=settings,
            clock=clock,
            database=database,
            http=http,
            tokens=tokens,
            access=access,
            feed=feed,
            idempotency=Idempotency(database),
            sealer=Sealer(settings.sealing_keys.get_secret_value()),
        )
