"""The running local stack as its users see it: where each part answers, and who starts it."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from finops_sandbox.places import write_atomically
from finops_sandbox.processes import started_at

PARTS = ("postgres", "kafka", "s3", "mail")


class StackError(RuntimeError):
    """The stack did not start; the message carries the end of its log."""


@dataclass(frozen=True)
class Stack:
    """Where the parts of one stack answer; a part that was not asked for is None.

    ``postgres_url`` logs in as the superuser and is for making databases only.
    """

    directory: Path
    postgres_url: str | None = None
    kafka_brokers: str | None = None
    s3_url: str | None = None
    smtp_url: str | None = None
    mail_url: str | None = None
    supervisor_pid: int | None = None
    pids: Mapping[str, int] = field(default_factory=dict)

    @property
    def smtp_host(self) -> str | None:
        return None if self.smtp_url is None else urlsplit(self.smtp_url).hostname

    @property
    def smtp_port(self) -> int | None:
        return None if self.smtp_url is None else urlsplit(self.smtp_url).port

    @classmethod
    def read(cls, directory: Path) -> "Stack":
        """The stack that runs for a folder.

        Raises:
            FileNotFoundError: none is ready.
        """
        stored = json.loads((directory / "state.json").read_text())
        if not is_running(directory) or started_at(stored["supervisor_pid"]) is None:
            raise FileNotFoundError(f"No stack runs in {directory}")
        return cls(**{**stored, "directory": Path(stored["directory"])})

    def write(self) -> None:
        """Tell others that everything is ready."""
        text = json.dumps({**asdict(self), "directory": str(self.directory)}, indent=2)
        write_atomically(self.directory / "state.json", text + "\n")

    def lacks(self, parts: Iterable[str]) -> list[str]:
        """Which of the wanted parts this stack does not have."""
        have = {
            "postgres": self.postgres_url,
            "kafka": self.kafka_brokers,
            "s3": self.s3_url,
            "mail": self.smtp_url,
        }
        return [part for part in parts if have[part] is None]


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "ensure.lock").open("a") as file:
        flock(file, LOCK_EX)
        yield


@contextmanager
def supervisor_lock(directory: Path) -> Iterator[None]:
    """Be the only supervisor of a folder; the kernel lets go of it at our death.

    Raises:
        StackError: there is one already.
    """
    directory.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + 1
    with (directory / "supervisor.lock").open("a") as file:
        while not _taken(file, LOCK_EX):  # is_running() holds it for a moment
            if time.monotonic() > deadline:
                raise StackError(f"A stack runs in {directory} already")
            time.sleep(0.02)
        (directory / "state.json").unlink(missing_ok=True)  # of one that was killed
        (directory / "supervisor.pid").write_text(str(os.getpid()))
        yield


def _taken(file: TextIO, kind: int) -> bool:
    try:
        flock(file, kind | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_running(directory: Path) -> bool:
    """Whether a supervisor holds the folder."""
    try:
        with (directory / "supervisor.lock").open() as file:
            return not _taken(file, LOCK_SH)
    except FileNotFoundError:
        return False


def ensure_stack(
    directory: Path,
    owner_pid: int | None = None,
    *,
    fast: bool = True,
    parts: Iterable[str] = PARTS,
    timeout: float = 180,
) -> Stack:
    """The stack of a folder, started if none runs; callers at the same time share one.

    A started stack ends by itself when the process ``owner_pid`` (the caller if None) is gone.

    Raises:
        StackError: it did not start in ``timeout`` seconds, or one that runs lacks a part.
    """
    directory = directory.absolute()
    wanted = tuple(parts)
    command = _supervisor_command(directory, owner_pid or os.getpid(), fast, wanted)
    with _alone(directory):
        stack = _await_ready(directory, command, timeout)
    if missing := stack.lacks(wanted):
        raise StackError(f"The stack in {directory} runs without {', '.join(missing)}")
    return stack


def stop_stack(directory: Path, timeout: float = 60) -> None:
    """Ask the stack of a folder to end, and wait for it; none is fine."""
    with _alone(directory):
        if not is_running(directory):
            return
        os.kill(int((directory / "supervisor.pid").read_text()), signal.SIGTERM)
        deadline = time.monotonic() + timeout
        while is_running(directory):
            if time.monotonic() > deadline:
                raise StackError(f"The stack in {directory} did not end in {timeout:g} s")
            time.sleep(0.05)


def _supervisor_command(
    directory: Path, owner: int, fast: bool, parts: tuple[str, ...]
) -> list[str]:
    command = [sys.executable, "-m", "finops_sandbox", "stack", "--dir", str(directory)]
    command += ["--parts", ",".join(parts), "--owner-pid", str(owner)]
    return [*command, "--fast"] if fast else command


def _spawn(command: list[str], directory: Path) -> int:
    """Start a supervisor in a session of its own; its words go to ``supervisor.log``."""
    log = str(directory / "supervisor.log")
    open_log = (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    no_input = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    actions = [no_input, open_log, (os.POSIX_SPAWN_DUP2, 1, 2)]
    return os.posix_spawn(command[0], command, os.environ, file_actions=actions, setsid=True)


def _await_ready(directory: Path, command: list[str], timeout: float) -> Stack:
    """Wait for the stack; spawn a supervisor when none runs, or the one that ran is dying."""
    deadline = time.monotonic() + timeout
    spawned = None
    while time.monotonic() < deadline:
        with suppress(FileNotFoundError):
            return Stack.read(directory)
        if spawned is None and not is_running(directory):
            spawned = _spawn(command, directory)
        if spawned is not None and os.waitpid(spawned, os.WNOHANG)[0]:
            raise StackError(f"The stack in {directory} did not start:\n{_log_tail(directory)}")
        time.sleep(0.02)
    reason = f"was not ready after {timeout:g} s"
    raise StackError(f"The stack in {directory} {reason}:\n{_log_tail(directory)}")


def _log_tail(directory: Path) -> str:
    path = directory / "supervisor.log"
    return path.read_text(errors="replace")[-6000:] if path.exists() else ""
