"""What migrations share: row-level security per table, rights per role, running Alembic."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from finops_common.db.engine import address_of
from finops_common.db.tables import common_metadata

LOCK_TIMEOUT = "3s"
"""A migration that cannot get its lock fails and is run again, rather than queue all traffic."""

COMMON_CHANGES = (
    "ALTER TABLE jobs ADD COLUMN IF NOT EXISTS lane text",
    "CREATE INDEX IF NOT EXISTS jobs_lane ON jobs (lane, finished_at) WHERE lane IS NOT NULL",
)
"""What came to the common tables after services had made them; each bears being run again."""

SETTINGS = {
    "organization": "app.organization_id",
    "company": "app.company_id",
    "person": "app.person_id",
}


def create_common_tables(service: str) -> None:
    """Make the tables of `db.tables` and let the service and its system role use them."""
    common_metadata.create_all(op.get_bind())
    for table in common_metadata.tables:
        grant(service, table, "SELECT, INSERT, UPDATE, DELETE")


def grant(service: str, table: str, rights: str) -> None:
    """Give `rights` on `table` to the serving and the system role of `service`."""
    role = _role(service)
    op.execute(f"GRANT {rights} ON {table} TO {role}, {role}_system")


def guard(
    service: str, table: str, rights: str = "SELECT, INSERT, UPDATE, DELETE", **columns: str
) -> None:
    """Guard `table` by row-level security and give `rights` on it.

    `columns` names, per scope (organization, company, person), the column that must
    equal the transaction's; a row shows if any of them does. A transaction of one
    organization sees only its rows where the table knows organizations, though its
    company is set too. The system role sees all.
    """
    role = _role(service)
    matches = " OR ".join(_matches(scope, columns) for scope in columns)
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_scope ON {table} TO {role} USING ({matches or 'false'})")
    op.execute(f"CREATE POLICY {table}_system ON {table} TO {role}_system USING (true)")
    grant(service, table, rights)


def _matches(scope: str, columns: Mapping[str, str]) -> str:
    equal = f"{columns[scope]} = {_setting(scope)}"
    if scope == "company" and "organization" in columns:
        return f"({equal} AND {_setting('organization')} IS NULL)"
    return equal


def _setting(scope: str) -> str:
    # An unset scope reads as empty text, which is no uuid: NULLIF makes it null, and
    # null equals nothing.
    return f"NULLIF(current_setting('{SETTINGS[scope]}', true), '')::uuid"


def upgrade(migrations: Path, owner_url: str) -> None:
    """Bring the database to the newest revision, under the owner's role."""
    command.upgrade(_config(migrations, owner_url), "head")


def check_drift(migrations: Path, owner_url: str) -> None:
    """Fail when the tables in code and those the migrations made differ."""
    command.check(_config(migrations, owner_url))


def run_env(metadata: MetaData) -> None:
    """What each service's `migrations/env.py` calls."""
    asyncio.run(_run(metadata))


async def _run(metadata: MetaData) -> None:
    url = context.config.get_main_option("sqlalchemy.url") or ""
    address, tls = address_of(url)
    engine = create_async_engine(
        address,
        poolclass=pool.NullPool,
        connect_args={"server_settings": {"lock_timeout": LOCK_TIMEOUT}, **tls},
    )
    async with engine.connect() as connection:
        await connection.run_sync(_migrate, [common_metadata, metadata])
        await connection.commit()
    await engine.dispose()


def _migrate(connection: Connection, metadata: Sequence[MetaData]) -> None:
    context.configure(connection=connection, target_metadata=list(metadata), compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
        for change in COMMON_CHANGES:
            connection.execute(text(change))


def _config(migrations: Path, owner_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    return config


def _role(service: str) -> str:
    return service.replace("-", "_")
