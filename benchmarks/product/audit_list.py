"""AUD-3: first page of the audit log, with a bare asyncpg query of the same rows beside it.

5 million entries for bills of 5 million lines and more, 200,000 below. One organization holds
them all, over twelve months; a tenth as many log-ins of 1,000 people besides. Both run the same
transaction with the tenant's scope; equality is asserted first.
"""

import base64
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from statistics import quantiles
from typing import Any
from uuid import UUID

import asyncpg

from finops_audit_log.entries.domain import Entry, Filter
from finops_audit_log.entries.handlers import fact_of
from finops_audit_log.entries.recorder import Recorder
from finops_audit_log.entries.schemas import view
from finops_audit_log.entries.sealing import PersonalSealer
from finops_audit_log.entries.service import EntryService
from finops_common.acting import Acting, Actor, Origin
from finops_common.auth.caller import Caller
from finops_common.contracts.org_rbac import OrganizationRenamed
from finops_common.db.engine import create_engine
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database
from finops_common.events.envelope import envelope
from finops_common.pagination import Page, PageRequest
from product.stores import service_database
from sides import Clock, Given, Sample

FEW, MANY = 200_000, 5_000_000
ROUNDS = 300
COMPANY, ORGANIZATION, ADA = (UUID(int=n) for n in (1, 2, 3))
PEOPLE = frozenset(UUID(int=1000 + n) for n in range(1000))
PAGE = PageRequest(limit=50)
Read = Callable[[Caller, Filter, PageRequest], Awaitable[Page[Entry]]]

FILL = """
    INSERT INTO entries (id, retention, recorded_at, chain_id, sequence, happened_at, company_id,
        organization_id, person_id, actor_kind, actor_id, action, target_kind, target_id, before,
        after, data, outcome, request_id, event_id, event_type, digests, search)
    SELECT gen_random_uuid(), $1, at, chain, n, at, CASE WHEN $1 = 'history' THEN chain END,
        $3, CASE WHEN $1 = 'access' THEN chain END, 'user', actor::text, action, 'user',
        actor::text, '{"role": "member"}', '{"role": "admin"}', '{"browser": "Chrome 142"}',
        'success', 'request', gen_random_uuid(), 'finops.x.' || action, '{}', lower(action)
    FROM (
        SELECT n, now() - n * (interval '350 days' / $2) AS at,
            CASE WHEN $1 = 'history' THEN $4::uuid ELSE person END AS chain, person AS actor,
            CASE WHEN $1 = 'history' THEN (ARRAY['member.added', 'member.role_changed',
                'organization.renamed', 'invitation.sent'])[1 + n % 4]
            ELSE (ARRAY['session.started', 'session.ended'])[1 + n % 2] END AS action
        FROM (
            SELECT n, ('00000000-0000-0000-0000-' || lpad(to_hex(1000 + n % 1000), 12, '0'))::uuid
                AS person
            FROM generate_series(1, $2) AS n
        ) AS people
    ) AS facts
"""
SCOPE = "SELECT set_config('app.organization_id', $1, true), set_config('app.company_id', $2, true)"
RAW = """
    SELECT e.*, p.owner_id, p.sealed FROM (
        SELECT * FROM entries WHERE organization_id = $1
        ORDER BY happened_at DESC, id DESC LIMIT 51
    ) AS e LEFT JOIN personal_fields p ON p.entry_id = e.id AND p.recorded_at = e.recorded_at
    ORDER BY e.happened_at DESC, e.id DESC
"""


class Everybody:
    """Answers for org-rbac: the thousand people."""

    async def of(self, organization_id: UUID) -> frozenset[UUID]:  # noqa: ARG002 - there is one
        return PEOPLE


async def measure(given: Given) -> Sample:
    stored = await service_database(given, "audit-log")
    count = MANY if given.rows >= MANY else FEW
    sealer = PersonalSealer("bench:" + base64.b64encode(bytes(32)).decode())
    engine = create_engine(stored.service_url, name="bench", pool_size=2)
    database = Database(engine, "audit-log")
    raw = await asyncpg.connect(stored.service_url)
    if not await filled(raw, count):
        await fill(raw, count)
        await record_newest(database, sealer)
    entries = EntryService(database, sealer, Everybody())
    bare = await clocked(partial(bare_page, raw))
    lists: dict[str, tuple[Read, Filter]] = {
        "history": (entries.organization_history, Filter()),
        "by action": (entries.organization_history, Filter(actions=("member.added",))),
        "by person": (entries.organization_history, Filter(person=min(PEOPLE))),
        "by address": (entries.organization_history, Filter(ip="198.51.100.7")),
        "by absent text": (entries.organization_history, Filter(text="nowhere")),
        "member activity": (entries.member_activity, Filter()),
    }
    found = {}
    with Clock() as clock:
        for name, (read, wanted) in lists.items():
            found[name] = await clocked(partial(first_page, read, wanted))
    same = [each["id"] for each in await first_page(entries.organization_history, Filter())]
    if same != [str(row["id"]) for row in (await bare_page(raw))[:50]]:
        raise SystemExit("the two sides do not show the same rows")
    await raw.close()
    await engine.dispose()
    worst = max(each["p99_ms"] for each in found.values())
    facts: dict[str, float] = {"entries": count, "bare p99_ms": bare["p99_ms"]}
    facts |= {f"{name} p99_ms": each["p99_ms"] for name, each in found.items()}
    return Sample({"p99_ms": worst}, count, clock.seconds, clock.cpu_seconds, facts)


async def filled(raw: asyncpg.Connection, count: int) -> bool:
    """Whether an earlier run has written the entries."""
    async with raw.transaction():
        await raw.execute(SCOPE, str(ORGANIZATION), str(COMPANY))
        return bool(await raw.fetchval("SELECT count(*) >= $1 FROM entries", count))


async def fill(raw: asyncpg.Connection, count: int) -> None:
    """Twelve months of entries, written by the role that records."""
    await raw.execute("SET ROLE audit_log_system")
    await raw.execute("SET statement_timeout = 0")
    await raw.execute(
        "SELECT make_month(now() - n * interval '1 month') FROM generate_series(1, 12) n"
    )
    await raw.execute(FILL, "history", count, ORGANIZATION, COMPANY, timeout=3600)
    await raw.execute(FILL, "access", count // 10, None, COMPANY, timeout=3600)
    await raw.execute("RESET ROLE")


async def record_newest(database: Database, sealer: PersonalSealer) -> None:
    """The first page is recorded as in life, with sealed fields."""
    for _ in range(60):
        event = OrganizationRenamed(
            company_id=COMPANY, organization_id=ORGANIZATION, organization_name="Platform"
        )
        origin = Origin(
            "bench", Actor("user", str(ADA)), client_ip="198.51.100.7", user_agent="B/1"
        )
        message = envelope(
            event,
            source="/org-rbac",
            time=datetime.now(UTC),
            origin=origin,
            company_id=COMPANY,
            organization_id=ORGANIZATION,
        )
        async with database.transaction(Acting(SYSTEM)) as tx:
            await Recorder(sealer).record(tx, fact_of(message))


def caller() -> Caller:
    """Who may view security of the organization."""
    return Caller(
        user_id=ADA,
        session_id=ADA,
        authenticated_at=datetime.now(UTC),
        methods=("pwd",),
        email_verified=True,
        origin=Origin("bench"),
        company_id=COMPANY,
        organization_id=ORGANIZATION,
        permissions=frozenset({"security:view"}),
    )


async def first_page(read: Read, wanted: Filter) -> list[dict[str, Any]]:
    """The page as the wire would carry it."""
    page = await read(caller(), wanted, PAGE)
    return [view(each).model_dump(mode="json") for each in page.items]


async def bare_page(raw: asyncpg.Connection) -> list[asyncpg.Record]:
    async with raw.transaction():
        await raw.execute(SCOPE, str(ORGANIZATION), str(COMPANY))
        return list(await raw.fetch(RAW, ORGANIZATION))


async def clocked(run: Callable[[], Awaitable[Any]]) -> dict[str, float]:
    """Milliseconds of many runs, after a few that warm up."""
    for _ in range(10):
        await run()
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await run()
        took.append((time.perf_counter() - started) * 1000)
    cuts = quantiles(took, n=100)
    return {"p50_ms": round(cuts[49], 2), "p99_ms": round(cuts[98], 2)}
