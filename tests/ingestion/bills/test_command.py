"""`convert` as people and machines call it: tables, JSON, exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from finops_ingestion.bills.command import run

DATA = Path(__file__).parents[2] / "data"
GOLDEN = str(DATA / "aws-cur" / "golden" / "golden-1-legacy-cur.csv")
PURCHASES = str(DATA / "bills/focus/spec-1.2-examples/commitment_discount_purchase_scenario_2.csv")
CONTRACTS = str(DATA / "bills/focus/generated/focus_1_3_contract_commitment_azure.csv")


def test_json_gives_counts_and_exact_sums(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([GOLDEN, "--to", str(tmp_path), "--json", "--as-of", "2026-11-01"])

    body = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (body["rows_read"], body["rows_accepted"], body["rows_refused"]) == (48, 48, [])
    assert (body["provider"], body["schema"], body["periods"]) == (
        "AWS",
        "aws-cur-legacy",
        ["2026-10"],
    )
    usd = body["currencies"]["USD"]
    assert usd["billed_cost"] == "394413.1028571429"
    assert usd["list_cost"] == "236.4"
    assert usd["by_charge_category"]["Usage"]["effective_cost"] == "1134.0028571429"
    assert json.loads((tmp_path / "conversion.json").read_text()) == body


def test_refused_rows_are_shown_with_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([PURCHASES, "--to", str(tmp_path)])

    shown = capsys.readouterr().out
    assert code == 0
    assert "3 read, 2 accepted, 1 refused" in shown
    assert "1 x ChargePeriodEnd is not a date and time" in shown
    assert "line 4" in shown
    assert "Purchase" in shown


@pytest.mark.req("ING-14", part="unknown provider refused, named")
def test_a_bill_that_is_not_read_exits_with_three_and_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([CONTRACTS, "--to", str(tmp_path), "--json"])

    output = capsys.readouterr()
    assert code == 3
    assert json.loads(output.out)["refused"]["code"] == "schema-not-supported"
    assert "FOCUS contract commitment dataset" in output.err


def test_a_bill_of_refused_rows_only_exits_with_three(tmp_path: Path) -> None:
    bill = tmp_path / "bill.csv"
    bill.write_text(
        "BilledCost,EffectiveCost,ChargeCategory,ChargePeriodStart\nx,1,Usage,2026-10-01\n"
    )

    assert run([str(bill), "--to", str(tmp_path / "out")]) == 3


def test_fees_after_the_given_instant_are_still_to_come(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run([GOLDEN, "--to", str(tmp_path), "--json", "--as-of", "2026-10-01T01:00:00Z"])

    body = json.loads(capsys.readouterr().out)
    assert body["reached"] == "2026-10-01T01:00:00+00:00"
    assert body["currencies"]["USD"]["effective_cost"] == "209.8078571429"


def test_the_module_dispatches_and_wrong_arguments_exit_with_two(tmp_path: Path) -> None:
    python = [sys.executable, "-m", "finops_ingestion"]
    options = ["--hourly-only", "--memory", "300MB", "--threads", "1"]

    codes = [
        subprocess.run([*python, *arguments], check=False, capture_output=True).returncode  # noqa: S603 - our own command
        for arguments in (["convert", GOLDEN, "--to", str(tmp_path), *options], ["convert"], ["?"])
    ]

    assert codes == [0, 2, 2]
