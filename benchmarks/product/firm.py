"""A company to ask about: identity and org-rbac's worker run, its members are filled in.

Twenty people stand in a small organization; a large one of another company is filled by whoever
needs it, since ten thousand people more slow every list of the installation.
"""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from finops_sandbox.databases import ServiceDatabase
from finops_sandbox.environment import SERVICES, prefix_of, service_keys, urls
from finops_sandbox.places import free_port
from finops_sandbox.processes import Process, http_ready
from finops_sandbox.stack import Stack
from finops_sandbox.visitor import Visitor
from product.stores import PREFIX, all_topics, service_database
from sides import Given

SMALL, LARGE = 20, 10_000
COUNT = "SELECT count(*) FROM company_members WHERE company_id = $1"
FILL = """
    WITH made AS (
        SELECT gen_random_uuid() AS user_id, n,
            (ARRAY['Grace', 'Alan', 'Edsger', 'Barbara', 'Donald'])[1 + n % 5]
                || ' ' || substr(md5(n::text), 1, 8) AS name
        FROM generate_series(1, $3) AS n
    ), persons AS (
        INSERT INTO people (user_id, email, email_key, email_verified, full_name, language,
            version, mfa, last_login_at)
        SELECT user_id, 'p' || n || '@' || $4, 'p' || n || '@' || $4, true, name, 'en', 1,
            n % 2 = 0, timestamptz '2026-10-01' + n * interval '1 minute' FROM made
    ), members AS (
        INSERT INTO company_members (company_id, user_id, owner, joined_at)
        SELECT $1, user_id, false, timestamptz '2026-09-01' + n * interval '1 second' FROM made
        RETURNING user_id
    )
    INSERT INTO organization_members (company_id, organization_id, user_id, role, joined_at)
    SELECT $1, $2, user_id, (ARRAY['admin', 'read_write', 'member'])[1 + n % 3],
        timestamptz '2026-09-01' + n * interval '1 second' FROM made
"""


@asynccontextmanager
async def running_firm(given: Given, stack: Stack, folder: Path) -> AsyncIterator[dict[str, Any]]:
    """What sides that call routes are told: environment, URLs, a log-in, the organizations."""
    ports = {name: free_port() for name in SERVICES}
    await all_topics(given.kafka)
    environ = service_keys(folder) | urls(ports) | {
        "FINOPS_KAFKA_BROKERS": given.kafka,
        "FINOPS_TOPIC_PREFIX": PREFIX,
        "FINOPS_PUBLIC_APP_URL": "http://app.test",
        "FINOPS_SMTP_URL": stack.smtp_url or "",
        "FINOPS_LOG_LEVEL": "ERROR",
    }  # fmt: skip
    stores = {name: await service_database(given, name) for name in ("identity", "org-rbac")}
    for name, stored in stores.items():
        environ[f"{prefix_of(name)}DATABASE_URL"] = stored.service_url
        environ[f"{prefix_of(name)}PORT"] = str(ports[name])
        environ[f"{prefix_of(name)}WORKER_PORT"] = str(free_port())
    identity = service_process("identity", "run", environ, folder)
    org_rbac = service_process("org-rbac", "serve", environ, folder)
    worker = service_process("org-rbac", "worker", environ, folder)
    try:
        for process in (identity, worker, org_rbac):
            await process.start()
        found = await _company(environ, stack, stores["org-rbac"])
        # Each side starts an api process of its own.
        await org_rbac.stop()
        yield {"environ": environ, "folder": str(folder), **found}
    finally:
        for process in (org_rbac, worker, identity):
            await process.stop()


def service_process(name: str, command: str, environ: dict[str, str], folder: Path) -> Process:
    """One process of a service, as it runs elsewhere."""
    which = "WORKER_PORT" if command == "worker" else "PORT"
    port = environ[f"{prefix_of(name)}{which}"]
    return Process(
        f"{name}-{command}",
        [sys.executable, "-m", f"finops_{name.replace('-', '_')}", command],
        folder / "logs",
        env=environ,
        ready=http_ready(f"http://127.0.0.1:{port}/health/ready"),
    )


async def log_in(firm: dict[str, Any]) -> str:
    """A fresh access token of the companies' owner."""
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        answer = await http.post(firm["log_in_url"], json=firm["credentials"])
        answer.raise_for_status()
        return str(json.loads(answer.content)["access_token"])


async def _company(
    environ: dict[str, str], stack: Stack, stored: ServiceDatabase
) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:

        def base(service: str) -> str:
            return environ[f"FINOPS_{prefix_of(service)}URL"]

        owner = await Visitor(base, http, stack.mail_url or "").arrive()
        found: dict[str, Any] = {"user_id": owner.user_id}
        for name in ("small", "large"):
            company = await owner.found_company(name.title())
            organization = await owner.open_organization(company, "Platform")
            found[name] = {"company_id": company, "organization_id": organization}
        found["owner_url"] = stored.owner_url
        found["database_url"] = stored.service_url
        await fill(found, "small", SMALL)
        log_in_url = f"{base('identity')}/identity/v1/sessions"
        login = {"email": owner.email, "password": owner.password}
        login["device_token"] = owner.device_token or ""
        return found | {
            "log_in_url": log_in_url,
            "credentials": login,
            "org_rbac_url": base("org-rbac"),
        }


async def fill(firm: dict[str, Any], name: str, people: int) -> None:
    """Fill the company up to so many people, its owner included; a full one stays as it is."""
    company, organization = firm[name]["company_id"], firm[name]["organization_id"]
    connection = await asyncpg.connect(firm["database_url"])
    try:
        # System scope: the role that may write rows of any company.
        await connection.execute("SET ROLE org_rbac_system")
        here = await connection.fetchval(COUNT, company)
        await connection.execute(FILL, company, organization, people - here, f"{company}.example")
        await connection.execute("RESET ROLE")
    finally:
        await connection.close()
    owner = await asyncpg.connect(firm["owner_url"])
    try:
        # As autovacuum will have done wherever ten thousand people are.
        await owner.execute("ANALYZE")
    finally:
        await owner.close()
