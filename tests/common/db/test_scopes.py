"""What row-level security lets through, under the roles the services really have."""

from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError
from tests.common.probe.running import EVERYBODY, add_note
from tests.common.probe.tables import notes

from finops_common.acting import Acting
from finops_common.db import scopes
from finops_common.db.engine import create_engine
from finops_common.db.scopes import Scope
from finops_common.db.transaction import Database
from finops_sandbox.databases import ServiceDatabase

pytestmark = pytest.mark.req("PLAT-20", part="row-level security")

ACME, ACME_TOKYO, ACME_SEOUL, ADA = uuid4(), uuid4(), uuid4(), uuid4()
BOLT, BOLT_PARIS, BEN = uuid4(), uuid4(), uuid4()


@pytest.fixture(autouse=True)
async def filled(database: Database) -> None:
    """One note in each of three organizations of two companies."""
    async with database.transaction(EVERYBODY) as tx:
        for company, organization, person, name in (
            (ACME, ACME_TOKYO, ADA, "tokyo"),
            (ACME, ACME_SEOUL, BEN, "seoul"),
            (BOLT, BOLT_PARIS, BEN, "paris"),
        ):
            await add_note(
                tx, name, company_id=company, organization_id=organization, person_id=person
            )


async def seen(database: Database, scope: Scope) -> set[str]:
    async with database.transaction(Acting(scope)) as tx:
        return {row.name for row in await tx.all(select(notes.c.name))}


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        (Scope(), set()),
        (scopes.organization(ACME, ACME_TOKYO), {"tokyo"}),
        (scopes.company(ACME), {"tokyo", "seoul"}),
        (scopes.person(BEN), {"seoul", "paris"}),
        (scopes.organization(uuid4(), uuid4()), set()),
        (scopes.organization(ACME, BOLT_PARIS), {"paris"}),
        (scopes.SYSTEM, {"tokyo", "seoul", "paris"}),
    ],
    ids=["none", "organization", "company", "person", "stranger", "path-decides", "system"],
)
async def test_a_scope_sees_its_own_rows_and_no_others(
    database: Database, scope: Scope, names: set[str]
) -> None:
    assert await seen(database, scope) == names


@pytest.mark.parametrize("organization", [BOLT_PARIS, ACME_SEOUL], ids=["stranger", "sister"])
async def test_a_row_cannot_be_written_into_another_organization(
    database: Database, organization: UUID
) -> None:
    mine = Acting(scopes.organization(ACME, ACME_TOKYO))

    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.transaction(mine) as tx:
            await add_note(tx, "smuggled", organization_id=organization, company_id=ACME)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.transaction(mine) as tx:
            await tx.execute(update(notes).values(organization_id=organization))

    assert "smuggled" not in await seen(database, scopes.SYSTEM)


async def test_changes_touch_only_rows_of_the_scope(database: Database) -> None:
    async with database.transaction(Acting(scopes.person(ADA))) as tx:
        touched = await tx.execute(update(notes).values(rank=7))

    assert touched == 1


async def test_nothing_of_a_scope_is_left_on_a_pooled_connection(stored: ServiceDatabase) -> None:
    engine = create_engine(stored.service_url, name="probe", pool_size=1)
    database = Database(engine, "probe")

    await seen(database, scopes.SYSTEM)
    after_system = await seen(database, Scope())
    await seen(database, scopes.company(ACME))
    async with engine.connect() as raw:
        after_company = await raw.scalar(select(func.count()).select_from(notes))
        user = await raw.scalar(text("SELECT current_user"))

    assert (after_system, after_company, user) == (set(), 0, "probe")
    await engine.dispose()


async def test_a_failed_transaction_leaves_the_system_role_too(stored: ServiceDatabase) -> None:
    engine = create_engine(stored.service_url, name="probe", pool_size=1)
    database = Database(engine, "probe")

    with pytest.raises(ZeroDivisionError):
        async with database.transaction(EVERYBODY):
            raise ZeroDivisionError

    assert await seen(database, Scope()) == set()
    await engine.dispose()


@pytest.mark.parametrize(
    "attack",
    [
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY notes_scope ON notes",
        "CREATE POLICY open ON notes USING (true)",
        "ALTER ROLE probe BYPASSRLS",
        "SET ROLE probe_owner",
        "SET SESSION AUTHORIZATION probe_owner",
        "TRUNCATE notes",
        "CREATE TABLE mine (id int)",
        "SET row_security = off; SELECT * FROM notes",
    ],
)
async def test_the_serving_role_cannot_open_what_guards_it(
    stored: ServiceDatabase, attack: str
) -> None:
    service = await asyncpg.connect(stored.service_url)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute(attack)

    await service.close()
