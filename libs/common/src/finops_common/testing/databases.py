"""Databases of tests: migrated once per run, cloned per worker."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio.to_thread

from finops_common.db.migrations import upgrade
from finops_sandbox.databases import ServiceDatabase, create_service_database


class Databases:
    """One worker's databases, each a clone of a template that the whole run shares."""

    def __init__(self, admin_url: str, folder: Path, worker: str) -> None:
        self._admin_url = admin_url
        self._folder = folder
        self._worker = worker
        self._made = 0

    async def clone(self, service: str, migrations: Path) -> ServiceDatabase:
        """A fresh migrated database of `service`."""
        template = f"{service.replace('-', '_')}_template"
        with _alone(self._folder / f"{template}.lock") as lock:
            if not lock.with_suffix(".done").exists():
                made = await create_service_database(self._admin_url, service, template)
                await anyio.to_thread.run_sync(upgrade, migrations, made.owner_url)
                lock.with_suffix(".done").touch()
            self._made += 1
            name = f"{service.replace('-', '_')}_{self._worker}_{self._made}"
            return await create_service_database(self._admin_url, service, name, template)


@contextmanager
def _alone(path: Path) -> Iterator[Path]:
    """Hold a lock between processes: PostgreSQL clones no database that is in use."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield path
