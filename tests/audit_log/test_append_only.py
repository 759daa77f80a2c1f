"""What is recorded cannot be changed: not by the service's roles, nor by the owner's."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Row

from finops_audit_log.retention.repository import Month
from finops_common.contracts.identity import SessionStarted
from finops_common.ids import new_id
from finops_common.testing.services import Running

Publish = Callable[..., Awaitable[UUID]]
Recorded = Callable[..., Awaitable[list[Row[Any]]]]

TABLES = ("entries", "leaves")
CHANGES = (
    "UPDATE {} SET retention = retention",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "ALTER TABLE {} DISABLE TRIGGER refuse_change",
    "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
    "DROP TABLE {} CASCADE",
)
PART = f"parts.entries_access_{datetime.now(UTC):%Y%m}"


@pytest.fixture
async def entry(publish: Publish, recorded: Recorded) -> Row[Any]:
    ada = new_id()
    log_in = SessionStarted(
        user_id=ada, session_id=new_id(), method="password", at=datetime.now(UTC)
    )
    (row,) = await recorded(await publish(log_in, by=ada))
    return row


async def attempt(url: str, *statements: str) -> str:
    """What PostgreSQL says to the last of `statements`; empty when it did it."""
    connection = await asyncpg.connect(url)
    try:
        *before, last = statements
        for statement in before:
            await connection.execute(statement)
        await connection.execute(last)
    except asyncpg.PostgresError as error:
        return str(error)
    finally:
        await connection.close()
    return ""


@pytest.mark.req("AUD-5", part="the service's roles can insert and select, nothing else")
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", [*TABLES, "checkpoints", "personal_fields", PART])
@pytest.mark.parametrize("role", ["audit_log", "audit_log_system"])
async def test_the_services_roles_cannot_change_an_entry(
    audit_log: Running,
    entry: Row[Any],
    change: str,
    table: str,
    role: str,
) -> None:
    statement = change.format(table)

    refusal = await attempt(audit_log.stored.service_url, f"SET ROLE {role}", statement)

    assert "permission denied" in refusal or "must be owner" in refusal


@pytest.mark.req("AUD-5", part="a trigger refuses the rest")
@pytest.mark.parametrize("change", CHANGES[:3])
@pytest.mark.parametrize("table", [*TABLES, "checkpoints", "parts.entries_access", PART])
async def test_even_the_owner_cannot_change_an_entry(
    audit_log: Running,
    entry: Row[Any],
    change: str,
    table: str,
) -> None:
    refusal = await attempt(audit_log.stored.owner_url, change.format(table))

    assert "append only" in refusal


@pytest.mark.req("AUD-5", part="a sequence cannot be set back")
@pytest.mark.parametrize(
    "change", ["last_sequence = 0", "last_sequence = last_sequence + 2", "chain_id = chain_id"]
)
async def test_a_chain_only_counts_up_by_one(
    audit_log: Running, entry: Row[Any], change: str
) -> None:
    statement = f"UPDATE chains SET {change} WHERE chain_id = '{entry.chain_id}'"  # noqa: S608 - a test's own words

    refusal = await attempt(audit_log.stored.service_url, "SET ROLE audit_log_system", statement)

    assert "one entry at a time" in refusal or "permission denied" in refusal


@pytest.mark.req("AUD-5", part="the api's role does not even insert")
@pytest.mark.parametrize("table", ["entries", "leaves", "chains", "personal_fields", "checkpoints"])
async def test_the_role_that_reads_cannot_insert(audit_log: Running, table: str) -> None:
    statement = f"INSERT INTO {table} SELECT * FROM {table}"  # noqa: S608 - a test's own words

    assert "permission denied" in await attempt(audit_log.stored.service_url, statement)


@pytest.mark.req("AUD-5", part="retention is another role's")
async def test_the_service_can_make_months_but_not_drop_them(audit_log: Running) -> None:
    month = Month("access", datetime.now(UTC).replace(day=1))
    become = "SET ROLE audit_log_system"

    made = await attempt(audit_log.stored.service_url, become, "SELECT make_month(now())")
    too_far = await attempt(
        audit_log.stored.service_url, become, "SELECT make_month(now() + interval '2 years')"
    )
    dropped = await attempt(
        audit_log.stored.service_url, become, f"DROP TABLE parts.entries_{month.part}"
    )

    assert (made, "a year ahead" in too_far) == ("", True)
    assert "permission denied" in dropped or "must be owner" in dropped
