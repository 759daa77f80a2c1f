"""Named child processes: started, asked for readiness, stopped, killed and started again."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

LAUNCHER = Path(__file__).with_name("launch.py")
POLL_SECONDS = 0.02
LARGEST_LOG = 20_000_000  # bytes; a start puts a larger one aside

Check = Callable[[], Awaitable[bool]]


class ProcessError(RuntimeError):
    """A child ended or did not become ready; the message carries the end of its log."""


@dataclass(frozen=True)
class Account:
    """A system user a child runs as."""

    uid: int
    gid: int


def started_at(pid: int) -> str | None:
    """What tells this process from a later one with the same pid; None when there is none.

    A zombie counts as gone: nobody may be there to reap it.
    """
    if not Path("/proc/self/stat").exists():
        shown = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
        return None if not shown or shown.startswith("Z") else shown.partition(" ")[2].strip()
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


async def accepts(host: str, port: int) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


def http_ready(url: str) -> Check:
    """A check that passes when a GET of the URL answers with a status below 400."""
    address = urlsplit(url)

    async def check() -> bool:
        # A client costs far more than a connection, so nothing is asked before someone listens.
        if not await accepts(address.hostname or "", address.port or 80):
            return False
        import httpx  # noqa: PLC0415 -- whoever waits for no HTTP server starts sooner without it

        try:
            async with httpx.AsyncClient(timeout=2, trust_env=False, verify=False) as client:
                return (await client.get(url)).status_code < 400
        except httpx.TransportError:
            return False

    return check


def launch_command(
    argv: Sequence[str], death_signal: signal.Signals, account: Account | None = None
) -> list[str]:
    """The command that becomes ``argv``, as another user if wanted, and dies with us."""
    program = shutil.which(argv[0])
    if program is None:
        raise ProcessError(f"There is no program {argv[0]}")
    user = account or Account(-1, -1)
    identity = (os.getpid(), int(death_signal), user.uid, user.gid)
    launch = [sys.executable, "-I", "-S", str(LAUNCHER), *(str(part) for part in identity)]
    return [*launch, program, *argv[1:]]


def launched(
    argv: Sequence[str], account: Account | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a short command to its end in ``/`` and return what it wrote."""
    command = launch_command(argv, signal.SIGKILL, account)
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")


@dataclass
class Process:
    """One child with its log at ``directory/<name>.log`` and its pid beside it.

    The child leads a process group of its own, so a Ctrl-C in the terminal reaches only us, and
    gets ``death_signal`` when the thread that started it is gone: start children from the main
    thread. ``env`` is the child's whole environment; None hands on ours.
    """

    name: str
    argv: Sequence[str]
    directory: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    ready: Check | None = None
    ready_timeout: float = 60
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 15
    death_signal: signal.Signals = signal.SIGTERM
    account: Account | None = None
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def log_path(self) -> Path:
        return self.directory / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """The child's pid while it runs."""
        return self._child.pid if self._child is not None and self.running else None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def returncode(self) -> int | None:
        """How the last child ended; negative is the signal that ended it."""
        return None if self._child is None else self._child.poll()

    async def start(self) -> None:
        """Start the child and wait until it says it is ready; does nothing when it runs.

        Raises:
            ProcessError: it ended, or was not ready within ``ready_timeout`` seconds.
        """
        if self.running:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        await self._end_leftover()
        self._spawn()
        try:
            await self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    async def run(self) -> None:
        """Run the child to its end; a cancelled caller ends it.

        Raises:
            ProcessError: its exit code was not 0.
        """
        await self.start()
        try:
            code = await self.wait()
        finally:
            self.kill()
        if code != 0:
            raise self.failure(f"ended with exit code {code}")

    async def stop(self) -> None:
        """Ask the child to end, kill it after ``stop_timeout`` seconds, and reap it."""
        if self._child is None:
            return
        if self.running:
            self._child.send_signal(self.stop_signal)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.stop_timeout):
                    await self.wait()
        self.kill()

    def kill(self) -> None:
        """Kill -9 the child and its process group, and reap it."""
        if self._child is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._pid_path.unlink(missing_ok=True)

    async def restart(self) -> None:
        """Stop and start again."""
        await self.stop()
        await self.start()

    async def wait(self) -> int:
        """Wait for the child's end and return its exit code."""
        while (code := self.returncode) is None:
            await asyncio.sleep(POLL_SECONDS)
        return code

    def log_tail(self, lines: int = 30) -> str:
        """The last lines the child wrote."""
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    @property
    def _pid_path(self) -> Path:
        return self.directory / f"{self.name}.pid"

    def _spawn(self) -> None:
        if self.log_path.exists() and self.log_path.stat().st_size > LARGEST_LOG:
            self.log_path.replace(self.log_path.with_suffix(".log.old"))
        with self.log_path.open("ab") as log:
            self._child = subprocess.Popen(
                launch_command(self.argv, self.death_signal, self.account),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=None if self.env is None else dict(self.env),
                cwd=self.cwd,
                start_new_session=True,
            )
        # In one step: who cleans up after a kill must not read an empty file.
        beside = self._pid_path.with_suffix(".new")
        beside.write_text(f"{self._child.pid} {started_at(self._child.pid)}")
        beside.replace(self._pid_path)

    async def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.ready_timeout
        while self.running:
            if self.ready is None or await self.ready():
                return
            if time.monotonic() > deadline:
                raise self.failure(f"was not ready after {self.ready_timeout:g} s")
            await asyncio.sleep(POLL_SECONDS)
        raise self.failure(f"ended with exit code {self.returncode}")

    def failure(self, reason: str) -> ProcessError:
        """An error that says what happened to the child and shows the end of its log."""
        return ProcessError(f"{self.name} {reason}; the end of {self.log_path}:\n{self.log_tail()}")

    async def _end_leftover(self) -> None:
        """End the child of a parent that was killed, if it has not ended by itself."""
        if not self._pid_path.exists():
            return
        pid, _, identity = self._pid_path.read_text().partition(" ")
        deadline = time.monotonic() + self.stop_timeout
        asked = False
        while pid.isdigit() and identity and started_at(int(pid)) == identity:
            late = time.monotonic() > deadline
            if late or not asked:
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL if late else self.stop_signal)
                asked = True
            await asyncio.sleep(POLL_SECONDS)
