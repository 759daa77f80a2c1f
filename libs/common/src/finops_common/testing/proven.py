"""`make proven`: which requirements of docs/spec have tests, in part or whole, and which have none."""

import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

REQUIREMENT = re.compile(r"^- \*\*([A-Z]+-\d+)\*\*", re.MULTILINE)


class _Collector:
    """Gathers the `req` markers of everything pytest collects."""

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[str, str | None]]] = defaultdict(list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for marker in item.iter_markers("req"):
                for requirement in marker.args:
                    self.found[requirement].append((item.nodeid, marker.kwargs.get("part")))


def requirements(spec: Path) -> list[str]:
    """Every requirement ID of the specification, in its order."""
    return [
        found
        for page in sorted(spec.glob("*.md"))
        for found in REQUIREMENT.findall(page.read_text())
    ]


def main() -> int:
    """Print the table; 1 when a test names a requirement that does not exist."""
    collector = _Collector()
    arguments = ["--collect-only", "-p", "no:randomly", "-p", "no:terminal"]
    code = pytest.main(arguments, plugins=[collector])
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        print("tests could not be collected", file=sys.stderr)  # noqa: T201 - a command's answer
        return int(code)
    known = requirements(Path("docs/spec"))
    whole, part = _print(known, collector.found)
    unknown = sorted(collector.found.keys() - set(known))
    print(f"\n{whole} proven, {part} in part, {len(known) - whole - part} without a test")  # noqa: T201
    if unknown:
        print(f"named by tests but not in docs/spec: {', '.join(unknown)}")  # noqa: T201
    return 1 if unknown else 0


def _print(known: list[str], found: dict[str, list[tuple[str, str | None]]]) -> tuple[int, int]:
    counts = {"proven": 0, "in part": 0, "-": 0}
    for requirement in known:
        tests = found.get(requirement, [])
        whole = any(part is None for _, part in tests)
        state = "proven" if whole else ("in part" if tests else "-")
        counts[state] += 1
        parts = sorted({part for _, part in tests if part})
        note = "" if whole or not parts else f"  ({'; '.join(parts)})"
        print(f"{requirement:10} {state:8} {len(tests):3} tests{note}")  # noqa: T201
        for test in sorted({name.partition("[")[0] for name, _ in tests})[:4]:
            print(f"{'':12}{test}")  # noqa: T201
    return counts["proven"], counts["in part"]


if __name__ == "__main__":
    sys.exit(main())
