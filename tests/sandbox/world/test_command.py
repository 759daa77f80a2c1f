"""The command that writes bills and prints books."""

import json
from pathlib import Path

import pytest

from finops_sandbox.world.__main__ import main

WHEN = ["--seed", "7", "--months", "1", "--now", "2026-11-02T05:00:00Z"]


def test_bills_are_written_as_a_bucket_would_hold_them(tmp_path: Path) -> None:
    main(["bills", "--format", "cur2", "--to", str(tmp_path), *WHEN])

    manifests = list(tmp_path.glob("billing/*/metadata/*/*-Manifest.json"))
    assert len(manifests) == 1
    named = json.loads(manifests[0].read_text())["dataFiles"]
    assert all((tmp_path / name.split("/", 3)[3]).exists() for name in named)


def test_every_revision_of_a_month_can_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["bills", "--format", "cur-legacy", "--all-revisions", "--to", str(tmp_path), *WHEN])

    assert len(capsys.readouterr().out.splitlines()) == 3
    # Each version keeps a folder of its own beside the newest manifest.
    assert len(list(tmp_path.glob("billing/*/20261101-20261201/*/*-Manifest.json"))) == 3


def test_books_are_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["books", "--json", "--hourly", *WHEN])

    [month] = json.loads(capsys.readouterr().out)
    assert month["month"] == "2026-11"
    assert len(month["hours"]) >= 29
    assert set(month["payer"]) >= {"coverage_percent", "net_savings", "effective_total"}


def test_books_are_printed_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    main(["books", *WHEN])

    assert capsys.readouterr().out.startswith("2026-11 revision 3: billed ")
