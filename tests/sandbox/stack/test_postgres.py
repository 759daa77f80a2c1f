"""What the services' roles can and cannot do."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from finops_sandbox import postgres
from finops_sandbox.databases import ServiceDatabase, create_service_database, drop_database
from finops_sandbox.places import unprivileged_account
from finops_sandbox.processes import launched
from finops_sandbox.supervisor import RunningStack

pytestmark = [pytest.mark.xdist_group("own_postgres"), pytest.mark.req("PLAT-20", part="roles")]

GUARDED = """
    CREATE TABLE invoices (organization text, amount numeric);
    ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
    ALTER TABLE invoices FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON invoices
        USING (organization = NULLIF(current_setting('app.organization', true), ''));
    GRANT SELECT, INSERT ON invoices TO billing;
"""


@pytest.fixture
def admin_url(own_postgres: RunningStack) -> str:
    assert own_postgres.stack.postgres_url is not None
    return own_postgres.stack.postgres_url


@pytest.fixture
async def database(admin_url: str) -> AsyncIterator[ServiceDatabase]:
    made = await create_service_database(admin_url, "billing", f"billing_{uuid4().hex}")
    owner = await asyncpg.connect(made.owner_url)
    await owner.execute(GUARDED)
    await owner.close()
    yield made
    await drop_database(admin_url, made.name)


@pytest.fixture
async def service(database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.service_url)
    yield connection
    await connection.close()


async def test_the_service_sees_no_row_before_it_names_a_tenant(
    service: asyncpg.Connection,
) -> None:
    async with service.transaction():
        await service.execute("SELECT set_config('app.organization', 'acme', true)")
        await service.execute("INSERT INTO invoices VALUES ('acme', 10)")
        seen_with_tenant = await service.fetchval("SELECT count(*) FROM invoices")

    seen_without = await service.fetchval("SELECT count(*) FROM invoices")

    assert (seen_with_tenant, seen_without) == (1, 0)


async def test_the_service_cannot_write_for_another_tenant(service: asyncpg.Connection) -> None:
    await service.execute("SELECT set_config('app.organization', 'acme', false)")

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await service.execute("INSERT INTO invoices VALUES ('globex', 10)")


async def test_the_service_owns_nothing_and_cannot_change_tables(
    service: asyncpg.Connection,
) -> None:
    for statement in ("ALTER TABLE invoices ADD note text", "CREATE TABLE mine (id int)"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)


async def test_no_role_of_a_service_is_above_row_level_security(
    service: asyncpg.Connection,
) -> None:
    roles = await service.fetch(
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole AS mighty"
        " FROM pg_roles WHERE rolname LIKE 'billing%'"
    )

    assert {role["rolname"]: role["mighty"] for role in roles} == {
        "billing": False,
        "billing_owner": False,
        "billing_system": False,
    }


async def test_the_service_has_its_system_rights_only_after_a_switch(
    database: ServiceDatabase, service: asyncpg.Connection
) -> None:
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("CREATE TABLE swept (id int); GRANT SELECT ON swept TO billing_system")
    await owner.close()

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("SELECT FROM swept")
    async with service.transaction():
        await service.execute("SET LOCAL ROLE billing_system")
        await service.execute("SELECT FROM swept")

    assert await service.fetchval("SELECT current_user") == "billing"


async def test_another_service_may_not_connect(admin_url: str, database: ServiceDatabase) -> None:
    other = await create_service_database(admin_url, "audit-log", f"audit_{uuid4().hex}")
    trespass = other.service_url.replace(other.name, database.name)

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        await asyncpg.connect(trespass)

    await drop_database(admin_url, other.name)


async def test_a_wrong_password_is_refused(database: ServiceDatabase) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(database.service_url, password="guess")


async def test_making_a_database_again_changes_nothing(
    admin_url: str, database: ServiceDatabase
) -> None:
    again = await create_service_database(admin_url, "billing", database.name)

    assert again == database
    owner = await asyncpg.connect(again.owner_url)
    assert await owner.fetchval("SELECT to_regclass('invoices') IS NOT NULL")
    await owner.close()


async def test_several_workers_clone_one_template_at_the_same_time(
    admin_url: str, database: ServiceDatabase
) -> None:
    names = [f"{database.name}_{worker}" for worker in range(4)]

    clones = await asyncio.gather(
        *(create_service_database(admin_url, "billing", name, database.name) for name in names)
    )

    for clone in clones:
        connection = await asyncpg.connect(clone.service_url)
        assert await connection.fetchval("SELECT count(*) FROM invoices") == 0
        await connection.close()
        await drop_database(admin_url, clone.name)


async def test_text_is_compared_the_same_on_every_machine(service: asyncpg.Connection) -> None:
    words = await service.fetchval(
        "SELECT string_agg(w, ' ' ORDER BY w) FROM unnest('{b,B,가,a}'::text[]) w"
    )

    assert words == "B a b 가"
    assert await service.fetchval("SELECT lower('ÄÖ')") == "äö"


async def test_a_killed_server_keeps_what_was_committed(own_postgres: RunningStack) -> None:
    assert own_postgres.stack.postgres_url is not None
    made = await create_service_database(own_postgres.stack.postgres_url, "ingestion")
    owner = await asyncpg.connect(made.owner_url)
    await owner.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
    server = own_postgres.parts["postgres"]

    server.processes[0].kill()
    await server.start()

    again = await asyncpg.connect(made.owner_url)
    assert await again.fetchval("SELECT id FROM kept") == 7
    await again.close()
    owner.terminate()
    await drop_database(own_postgres.stack.postgres_url, made.name)


@pytest.mark.req("PLAT-41", part="as root with programs in a closed folder")
@pytest.mark.skipif(os.getuid() != 0, reason="an ordinary user runs its own programs")
def test_programs_in_a_closed_folder_are_copied_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = Path(postgres.program_folders()[0])
    closed = folder / "pginstall"
    closed.symlink_to(origin.parent)
    folder.chmod(0o700)
    monkeypatch.setenv("PG_BIN_DIR", str(closed / "bin"))
    monkeypatch.setattr(postgres, "SHARED_CACHE", folder.parent / f"{folder.name}-shared")
    account = unprivileged_account()

    copy = postgres.programs(account)

    shown = launched([str(copy / "initdb"), "--version"], account)
    assert copy.is_relative_to(postgres.SHARED_CACHE)
    assert "PostgreSQL" in shown.stdout
    assert folder.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(postgres.SHARED_CACHE)


def test_no_programs_are_found_where_none_are(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PG_BIN_DIR", str(folder))

    with pytest.raises(postgres.PostgresNotFoundError, match="PG_BIN_DIR"):
        postgres.programs(None)
