"""The tables in code are those the migrations make."""

import anyio.to_thread

from finops_audit_log.main import SERVICE
from finops_common.db.migrations import check_drift
from finops_common.testing.services import Running


async def test_the_tables_in_code_are_those_the_migrations_make(audit_log: Running) -> None:
    await anyio.to_thread.run_sync(check_drift, SERVICE.migrations, audit_log.stored.owner_url)
