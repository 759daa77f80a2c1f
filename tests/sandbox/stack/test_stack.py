"""The supervisor as another process sees it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from finops_sandbox.processes import started_at
from finops_sandbox.stack import Stack, StackError, ensure_stack, is_running, stop_stack

pytestmark = [pytest.mark.usefixtures("no_parts_elsewhere"), pytest.mark.timeout(60)]

POSTGRES = ["postgres"]


@pytest.fixture
def stopped(folder: Path) -> Iterator[Path]:
    """A folder whose stack is stopped after the test."""
    yield folder
    stop_stack(folder)


@pytest.fixture
def private(stopped: Path) -> Iterator[Path]:
    """A folder only we can enter, and which stays so."""
    stopped.chmod(0o700)
    yield stopped
    assert stopped.stat().st_mode & 0o777 == 0o700


def _wait_until_gone(pid: int, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while started_at(pid) is not None:
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(0.02)


def _kill_supervisor(stack: Stack) -> None:
    assert stack.supervisor_pid is not None
    os.kill(stack.supervisor_pid, signal.SIGKILL)
    _wait_until_gone(stack.supervisor_pid)


async def _ask(stack: Stack, question: str) -> object:
    connection = await asyncpg.connect(stack.postgres_url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.mark.req("PLAT-40", part="started again it goes on with its data")
async def test_a_second_start_has_the_data_and_the_address_of_the_first(stopped: Path) -> None:
    first = ensure_stack(stopped, parts=POSTGRES)
    await _ask(first, "CREATE TABLE kept (id int)")
    stop_stack(stopped)

    second = ensure_stack(stopped, parts=POSTGRES)

    assert second.postgres_url == first.postgres_url
    assert await _ask(second, "SELECT to_regclass('kept') IS NOT NULL")


@pytest.mark.req("PLAT-40", part="kill -9 blocks no later start")
async def test_a_start_after_a_killed_supervisor_goes_on(stopped: Path) -> None:
    first = ensure_stack(stopped, parts=POSTGRES)
    await _ask(first, "CREATE TABLE kept (id int)")

    _kill_supervisor(first)
    second = ensure_stack(stopped, parts=POSTGRES)

    assert second.pids["postgres"] != first.pids["postgres"]
    assert await _ask(second, "SELECT to_regclass('kept') IS NOT NULL")


async def test_a_start_after_everything_was_killed_goes_on(stopped: Path) -> None:
    first = ensure_stack(stopped, parts=POSTGRES)
    os.kill(first.pids["postgres"], signal.SIGKILL)
    _kill_supervisor(first)

    second = ensure_stack(stopped, parts=POSTGRES)

    assert await _ask(second, "SELECT 1") == 1


async def test_a_lock_file_with_the_pid_of_another_program_does_not_block(stopped: Path) -> None:
    first = ensure_stack(stopped, parts=POSTGRES)
    stop_stack(stopped)
    lock = stopped / "postgres" / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.parent}\n")

    second = ensure_stack(stopped, parts=POSTGRES)

    assert second.pids["postgres"] != first.pids["postgres"]


async def test_two_folders_run_side_by_side(folder: Path) -> None:
    stacks = [ensure_stack(folder / name, parts=POSTGRES) for name in ("one", "two")]

    answers = [await _ask(stack, "SHOW data_directory") for stack in stacks]

    assert answers == [str(folder / name / "postgres" / "data") for name in ("one", "two")]
    for name in ("one", "two"):
        stop_stack(folder / name)


async def test_callers_at_the_same_time_share_one_stack(stopped: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(ensure_stack, stopped, parts=POSTGRES) for _ in range(4)]
        stacks = [await asyncio.wrap_future(call) for call in calls]

    assert len({stack.supervisor_pid for stack in stacks}) == 1


@pytest.mark.req("PLAT-40", part="Ctrl-C stops everything")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_in_order(folder: Path, number: signal.Signals) -> None:
    with _supervisor(folder, "postgres") as supervisor:
        _await_state(folder, supervisor)
        stack = Stack.read(folder)

        supervisor.send_signal(number)

        assert supervisor.wait(timeout=20) == 0
    _wait_until_gone(stack.pids["postgres"], 0)
    assert "database system is shut down" in (folder / "postgres.log").read_text()
    assert not is_running(folder)
    assert not (folder / "state.json").exists()


@pytest.mark.req("PLAT-40", part="Ctrl-C while starting")
def test_a_signal_while_starting_ends_everything(folder: Path) -> None:
    with _supervisor(folder, "postgres,s3") as supervisor:
        while not (folder / "s3.pid").exists():
            time.sleep(0.01)
        started = [int(path.read_text().split()[0]) for path in folder.glob("*.pid")]

        supervisor.send_signal(signal.SIGINT)

        assert supervisor.wait(timeout=20) == 0
    for pid in started:
        _wait_until_gone(pid, 0)


def test_a_stack_ends_with_its_owner(folder: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    stack = ensure_stack(folder, owner.pid, parts=POSTGRES)

    owner.kill()
    owner.wait()

    _wait_until_gone(stack.pids["postgres"])
    assert stack.supervisor_pid is not None
    _wait_until_gone(stack.supervisor_pid)


def test_the_end_of_a_part_ends_the_stack_and_is_shown(folder: Path) -> None:
    with _supervisor(folder, "postgres") as supervisor:
        _await_state(folder, supervisor)

        os.kill(Stack.read(folder).pids["postgres"], signal.SIGKILL)

        _, shown = supervisor.communicate(timeout=20)
        assert supervisor.returncode == 1
    assert "postgres ended with exit code -9" in shown
    assert "database system is ready" in shown


def test_a_part_that_cannot_start_is_shown_with_the_end_of_its_log(folder: Path) -> None:
    stack = ensure_stack(folder, parts=POSTGRES)
    stop_stack(folder)
    assert stack.postgres_url is not None
    (folder / "postgres" / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(StackError, match=r"(?s)postgres ended with exit code 1.*no_such_setting"):
        ensure_stack(folder, parts=POSTGRES)


@pytest.mark.req("PLAT-40", part="progress while starting")
def test_each_part_says_how_long_it_took(stopped: Path) -> None:
    ensure_stack(stopped, parts=POSTGRES)

    said = (stopped / "supervisor.log").read_text()

    assert "postgres: starting" in said
    assert "postgres: ready after" in said


@pytest.mark.req("PLAT-41", part="PostgreSQL, Kafka, S3 and SMTP by URL")
def test_parts_given_by_url_are_used_and_not_started(
    stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINOPS_POSTGRES_URL", "postgresql://admin:pw@db.example/postgres")
    monkeypatch.setenv("FINOPS_KAFKA_BROKERS", "kafka.example:9092")
    monkeypatch.setenv("FINOPS_S3_URL", "https://s3.example")
    monkeypatch.setenv("FINOPS_SMTP_URL", "smtp://mail.example:2525")

    stack = ensure_stack(stopped)

    assert stack.postgres_url == "postgresql://admin:pw@db.example/postgres"
    assert stack.kafka_brokers == "kafka.example:9092"
    assert stack.s3_url == "https://s3.example"
    assert (stack.smtp_host, stack.smtp_port) == ("mail.example", 2525)
    assert stack.pids == {}


def test_a_stack_without_a_wanted_part_is_refused(stopped: Path) -> None:
    ensure_stack(stopped, parts=[])

    with pytest.raises(StackError, match="runs without postgres"):
        ensure_stack(stopped, parts=POSTGRES)


def test_a_second_supervisor_of_a_folder_is_refused(stopped: Path) -> None:
    ensure_stack(stopped, parts=[])

    with _supervisor(stopped, "") as second:
        _, shown = second.communicate(timeout=20)

    assert second.returncode == 1
    assert "runs in" in shown


@pytest.mark.req("PLAT-41", part="only loopback is bound")
@pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's socket table")
def test_only_loopback_is_bound(stopped: Path) -> None:
    stack = ensure_stack(stopped, parts=["postgres", "s3", "mail"])
    ports = json.loads((stopped / "ports.json").read_text())

    listening = {
        int(local.split(":")[1], 16): local.split(":")[0]
        for name in ("tcp", "tcp6")
        for local, state in _sockets(name)
        if state == "0A"
    }

    used = [ports[name] for name in ("postgres", "s3", "smtp", "mail")]
    assert stack.mail_url is not None
    assert {listening[port] for port in used} == {"0100007F"}


@pytest.mark.req("PLAT-41", part="as root in a folder closed to others")
@pytest.mark.skipif(os.getuid() != 0, reason="an ordinary user's server reads its own folders")
async def test_root_may_keep_a_stack_in_a_private_folder(private: Path) -> None:
    first = ensure_stack(private, parts=POSTGRES)
    await _ask(first, "CREATE TABLE kept (id int)")
    stop_stack(private)

    second = ensure_stack(private, parts=POSTGRES)

    assert await _ask(second, "SELECT to_regclass('kept') IS NOT NULL")


@contextmanager
def _supervisor(folder: Path, parts: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "finops_sandbox", "stack", "--dir", str(folder), "--fast"]
    with subprocess.Popen(  # noqa: S603 -- our own command
        [*command, "--parts", parts], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _await_state(folder: Path, supervisor: subprocess.Popen[str]) -> None:
    while not (folder / "state.json").exists():
        assert supervisor.poll() is None
        time.sleep(0.02)


def _sockets(name: str) -> Iterator[tuple[str, str]]:
    for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
        fields = line.split()
        yield fields[1], fields[3]
