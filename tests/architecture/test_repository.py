"""Rules about the repository: documents that stay true, nothing that ties it to one machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STEERING = ROOT.parent / "shared" / "spec"
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(  # noqa: S603 - our own repository
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],  # noqa: S607 - git is a prerequisite
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


@pytest.mark.skipif(
    not STEERING.exists(), reason="the requirements' source is not beside this checkout"
)
def test_the_requirements_here_are_those_that_were_given() -> None:
    given = {path.name: path.read_text() for path in STEERING.glob("*.md")}
    ours = {path.name: path.read_text() for path in (ROOT / "docs" / "spec").glob("*.md")}

    assert set(ours) == set(given)
    for name, text in given.items():
        assert _plain(ours[name]) == _plain(text), name


def _plain(text: str) -> str:
    # `../design/architecture.md` there is `../architecture.md` here: names apart from folders.
    return re.sub(r"(?:\.\./)+(?:[\w-]+/)*", "", text)


@pytest.mark.parametrize(
    "page",
    [p for p in tracked("*.md") if "docs/spec" not in str(p)],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_links_of_our_pages_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_nothing_names_a_machine_or_a_package_index() -> None:
    forbidden = re.compile(
        r"(index-url|extra-index-url|find-links)[ =]+http|\"resolved\": *\"http|files\.pythonhosted|"
        r"registry\.npmjs|repo1?\.maven"
    )
    here = str(ROOT) + "/"
    for path in tracked(
        "*.py", "*.toml", "*.txt", "*.yaml", "*.json", "*.md", "Makefile", ".ci/run", "*.lock"
    ):
        if path == Path(__file__):
            continue
        text = path.read_text(errors="replace")
        assert not forbidden.search(text), path
        assert here not in text, path


def test_every_required_library_has_a_hash() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        blocks = re.split(r"\n(?=\S)", lock.read_text().strip())
        assert all("--hash=sha256:" in block for block in blocks if not block.startswith("#")), lock


def test_functions_and_files_keep_a_readable_size() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for path in tracked("libs/*.py", "services/*.py")
        # A mapping table is data: as long as the bill has columns.
        if (lines := path.read_text().count("\n")) > 400 and "bills/schemas" not in str(path)
    ]

    assert not long
