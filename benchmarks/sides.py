"""One side of a comparison, in a process of its own: `python benchmarks/sides.py MODULE`.

Reads a `Given` as JSON from standard input and prints a `Sample` as the last line. MODULE has
`measure(given)`, which warms up, clocks its work with `Clock` and says what came out of it.
"""

import asyncio
import cProfile
import importlib
import inspect
import json
import os
import pstats
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HERE = Path(__file__).parent
TIMEOUT_S = 3600


class SideError(RuntimeError):
    """A side failed, or two that are compared came to different results."""


@dataclass(frozen=True)
class Given:
    """What a side may use: a bill and a tiny one to warm up with, servers, a scratch folder."""

    size: str
    rows: int
    bill: str
    tiny: str
    scratch: str
    postgres: str = ""
    kafka: str = ""
    firm: dict[str, Any] = field(default_factory=dict)
    """What product/firm.py has prepared, for the sides that call routes."""


@dataclass
class Sample:
    """What one run of a side showed.

    `figures` are what is compared (`rate` per second, `p99_ms`, `bytes` a record); `answer` is
    the work's result, which must be the other side's too.
    """

    figures: dict[str, float]
    answer: Any
    seconds: float
    cpu_seconds: float
    facts: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0


class Clock:
    """Wall and CPU seconds of this process and its ended children, over a `with` block."""

    seconds = cpu_seconds = 0.0

    def __enter__(self) -> Self:
        self._wall, self._cpu = time.perf_counter(), _cpu()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.seconds = time.perf_counter() - self._wall
        self.cpu_seconds = _cpu() - self._cpu

    def sample(self, units: int, answer: object, **facts: float) -> Sample:
        """What was clocked, as `units` of work."""
        rate = {"rate": units / self.seconds}
        return Sample(rate, answer, self.seconds, self.cpu_seconds, facts)


def run_side(module: str, given: Given) -> Sample:
    """Run a side in a fresh process.

    Raises:
        SideError: it failed; its words are the message.
    """
    done = _child([module], given)
    return Sample(**json.loads(done.splitlines()[-1]))


def profile_side(module: str, given: Given, lines: int = 8) -> list[str]:
    """Where a side's time goes: our own functions, dearest first, in a run of its own."""
    done = _child([module, "--profile"], given)
    found: list[str] = json.loads(done.splitlines()[-1])
    return found[:lines]


def _child(arguments: list[str], given: Given) -> str:
    done = subprocess.run(
        [sys.executable, str(HERE / "sides.py"), *arguments],
        input=json.dumps(asdict(given)),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise SideError(f"{arguments[0]} failed:\n{done.stderr[-4000:]}")
    return done.stdout


def _cpu() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_mb() -> float:
    """Of this process, or of the largest of its children.

    Linux hands the starter's own peak on in ru_maxrss, so /proc's word comes first.
    """
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return max(int(line.split()[1]) / 1024, children)
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, children)


def _measured(module: str, given: Given) -> Sample:
    measure = importlib.import_module(module).measure
    found = measure(given)
    sample: Sample = asyncio.run(found) if inspect.iscoroutine(found) else found
    sample.peak_mb = peak_mb()
    return sample


def _profiled(module: str, given: Given) -> list[str]:
    profile = cProfile.Profile()
    profile.enable()
    _measured(module, given)
    profile.disable()
    ours: list[tuple[float, str]] = []
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined] # documented, untyped
    for (file, _, name), (_, calls, _, spent, _) in stats.items():
        if f"{os.sep}finops_" in file and not name.startswith("<"):
            place = file.rpartition(f"{os.sep}finops_")[2].removesuffix(".py")
            ours.append((spent, f"{spent:.2f} s in {calls} calls of finops_{place}: {name}"))
    return [text for _, text in sorted(ours, reverse=True)]


def main() -> None:
    """Run the side that the arguments name."""
    module, profiled = sys.argv[1], "--profile" in sys.argv
    given = Given(**json.load(sys.stdin))
    shown = _profiled(module, given) if profiled else asdict(_measured(module, given))
    print("\n" + json.dumps(shown, default=str))


if __name__ == "__main__":
    # Sides import this module by its name: the class they return must be the one known here.
    sys.modules["sides"] = sys.modules["__main__"]
    main()
