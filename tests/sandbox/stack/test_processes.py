import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from finops_sandbox.places import free_port
from finops_sandbox.processes import Process, ProcessError, accepts, http_ready, started_at

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
PARENT = """
import asyncio, pathlib, sys, time
from finops_sandbox.processes import Process
sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
child = Process("child", sleeper, pathlib.Path(sys.argv[1]))
asyncio.run(child.start())
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process the code under test did not start."""
    with _python("import time; time.sleep(60)") as process:
        yield process
        process.kill()


def _python(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 -- our own Python


async def _gone(pid: int) -> bool:
    async with asyncio.timeout(10):
        while started_at(pid) is not None:
            await asyncio.sleep(0.02)
    return True


async def test_a_child_is_started_when_it_says_so_itself(folder: Path) -> None:
    port = free_port()
    server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    child = Process(
        "web", server, folder, cwd=folder, ready=http_ready(f"http://127.0.0.1:{port}/")
    )

    await child.start()

    assert await accepts("127.0.0.1", port)
    await child.stop()
    assert not child.running


async def test_a_child_that_fails_shows_why(folder: Path) -> None:
    child = Process("broken", [sys.executable, "-c", "exit('no such table')"], folder)
    child.ready = http_ready("http://127.0.0.1:9/")

    with pytest.raises(ProcessError, match=r"(?s)broken ended with exit code 1.*no such table"):
        await child.start()


async def test_a_command_that_fails_shows_why(folder: Path) -> None:
    command = Process("migrate", [sys.executable, "-c", "exit('no such table')"], folder)

    with pytest.raises(ProcessError, match=r"(?s)migrate ended with exit code 1.*no such table"):
        await command.run()


async def test_a_cancelled_command_ends(folder: Path) -> None:
    command = Process("migrate", SLEEPER, folder)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await command.run()

    assert not command.running


async def test_a_child_that_is_never_ready_is_not_left_behind(folder: Path) -> None:
    child = Process("slow", SLEEPER, folder, ready_timeout=0.2)
    child.ready = http_ready("http://127.0.0.1:9/")

    with pytest.raises(ProcessError, match="was not ready after"):
        await child.start()

    assert not child.running


async def test_a_child_that_ignores_the_signal_is_killed(folder: Path) -> None:
    child = Process("deaf", [sys.executable, "-c", DEAF], folder, stop_timeout=0.2)

    async def speaks() -> bool:
        return "deaf" in child.log_tail()

    child.ready = speaks
    await child.start()

    await child.stop()

    assert child.returncode == -signal.SIGKILL


async def test_a_killed_child_can_be_started_again(folder: Path) -> None:
    child = Process("phoenix", SLEEPER, folder)
    await child.start()
    first = child.pid

    child.kill()
    await child.start()

    assert child.running
    assert child.pid != first
    await child.stop()


async def test_a_child_gets_the_given_environment_only(folder: Path) -> None:
    show = "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}), flush=True)"
    child = Process("env", [sys.executable, "-c", show], folder, env={"ONE": "1"})

    await child.start()
    await child.wait()

    assert child.log_tail() == "['ONE']"
    child.kill()


@pytest.mark.req("PLAT-40", part="a killed parent leaves no child")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a parent-death signal")
async def test_children_die_with_a_killed_parent(folder: Path) -> None:
    with _python(PARENT, str(folder)) as parent:
        assert parent.stdout is not None
        child = int(await asyncio.to_thread(parent.stdout.readline))

        parent.kill()

    assert await _gone(child)


async def test_a_leftover_of_a_killed_parent_is_ended_before_the_next_start(
    folder: Path, stranger: subprocess.Popen[bytes]
) -> None:
    (folder / "worker.pid").write_text(f"{stranger.pid} {started_at(stranger.pid)}")
    child = Process("worker", SLEEPER, folder)

    await child.start()

    assert stranger.wait(timeout=5) == -signal.SIGTERM
    await child.stop()


async def test_a_stale_pid_of_another_program_is_left_alone(
    folder: Path, stranger: subprocess.Popen[bytes]
) -> None:
    (folder / "worker.pid").write_text(f"{stranger.pid} 1")
    child = Process("worker", SLEEPER, folder)

    await child.start()

    assert stranger.poll() is None
    await child.stop()


async def test_a_zombie_counts_as_gone(stranger: subprocess.Popen[bytes]) -> None:
    stranger.kill()

    assert await _gone(stranger.pid)
