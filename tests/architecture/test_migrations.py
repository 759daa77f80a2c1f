"""Every service's migrations: one head, and the tables that its code declares."""

from pathlib import Path

import anyio.to_thread
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from finops_common.db.migrations import check_drift
from finops_common.testing.databases import Databases

SERVICES = Path(__file__).parents[2] / "services"
MIGRATED = sorted(path.parents[1].name for path in SERVICES.glob("*/migrations/env.py"))


def _scripts(service: str) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(SERVICES / service / "migrations"))
    return ScriptDirectory.from_config(config)


def test_there_are_services_with_migrations() -> None:
    assert "identity" in MIGRATED


@pytest.mark.req("PLAT-20", part="one head")
@pytest.mark.parametrize("service", MIGRATED)
def test_migrations_form_one_line(service: str) -> None:
    scripts = _scripts(service)

    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


@pytest.mark.req("PLAT-20", part="no drift")
@pytest.mark.parametrize("service", MIGRATED)
async def test_migrations_make_the_tables_that_the_code_declares(
    service: str, databases: Databases
) -> None:
    migrations = SERVICES / service / "migrations"

    stored = await databases.clone(service, migrations)

    await anyio.to_thread.run_sync(check_drift, migrations, stored.owner_url)
