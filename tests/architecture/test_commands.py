"""The commands a person is told of: each is there, and CI runs what `make check` says."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = (
    "env run stop demo test check bench contracts locks proven format clean".split()  # noqa: SIM905 - as one types them
)


def make(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own Makefile
        ["make", *arguments],  # noqa: S607 - the make of this machine
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_make_alone_lists_every_target_in_a_line() -> None:
    lines = [line.split(maxsplit=1) for line in make().splitlines() if line.startswith("  ")]

    assert {name for name, _ in lines} >= set(TARGETS)
    assert all(told.strip() for _, told in lines)


@pytest.mark.req("PLAT-42", part="CI makes the environment and runs make check, each within a time")
def test_ci_makes_the_environment_and_runs_make_check() -> None:
    stages = [
        line.split()
        for line in (ROOT / ".ci" / "run").read_text().splitlines()
        if line.startswith("stage ")
    ]

    assert [words[2:] for words in stages] == [["make", "env"], ["make", "check"]]
    assert sum(int(words[1]) for words in stages) <= 45 * 60
    told = make("-n", "check")
    for step in ("ruff format --check", "ruff check", "mypy", "lint-imports", "documents --check"):
        assert step in told
    assert "manifests --check" in told
    assert "pytest" in told


def test_proven_names_the_tests_of_each_requirement(tmp_path: Path) -> None:
    (tmp_path / "docs" / "spec").mkdir(parents=True)
    (tmp_path / "docs" / "spec" / "page.md").write_text("- **ABC-1** one\n- **ABC-2** two\n")
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\n"
        '@pytest.mark.req("ABC-1")\ndef test_one():\n    pass\n\n'
        '@pytest.mark.req("ABC-9")\ndef test_none():\n    pass\n'
    )

    done = subprocess.run(
        [sys.executable, "-m", "finops_common.testing.proven"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "1 proven, 0 in part, 1 without a test" in done.stdout
    assert "test_it.py::test_one" in done.stdout
    assert "named by tests but not in docs/spec: ABC-9" in done.stdout
    assert done.returncode == 1
