"""Ours against the others on the shipped demand, and what the command tells of it."""

import json
from pathlib import Path

import numpy as np
import pytest

from finops_commitments.__main__ import main
from finops_commitments.backtest.generator import HOURS, KNOWN_HOURS, Kind, generated
from finops_commitments.backtest.policies import OURS, PLAIN_RULE, POLICIES, YEAR, Moment, Purchase
from finops_commitments.backtest.replay import Summary, replay
from finops_commitments.backtest.shipped import Shipped, on_shipped_demand
from finops_commitments.backtest.text import backtest_text

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def judged() -> Shipped:
    """All policies, 7 kinds x 10 seeds: two seconds."""
    return on_shipped_demand()


class HindsightConstant:
    """Buys, from what comes, the best constant; again when it ends."""

    name, every = "hindsight", YEAR

    def buy(self, moment: Moment) -> list[Purchase]:
        return [Purchase(0, moment.history.best_amount(KNOWN_HOURS, HOURS))]


@pytest.mark.req("COM-43", part="ours is ahead on the shipped demand")
@pytest.mark.req("COM-42", part="and no worse where it goes badly")
def test_ours_beats_all_on_the_mean_and_is_no_worse_at_the_tenth_percentile(
    judged: Shipped,
) -> None:
    found = judged.summaries
    ours = found[OURS.name]

    assert set(found) == {"ours", "provider_30_days", "provider_60_days", "0.8_x_30_days"}
    assert {each.replays for each in found.values()} == {len(Kind) * 10}
    assert all(ours.mean > each.mean for name, each in found.items() if name != OURS.name)
    assert ours.p10 >= found[PLAIN_RULE.name].p10
    assert (judged.is_above_all, judged.is_no_worse_at_p10) == (True, True)


@pytest.mark.req("COM-43", part="ours is ahead on the shipped demand")
def test_it_is_ahead_on_seeds_nobody_looked_at(judged: Shipped) -> None:
    others = on_shipped_demand(range(7_000, 7_010))

    assert (others.is_above_all, others.is_no_worse_at_p10) == (True, True)
    assert others.shares != judged.shares


@pytest.mark.parametrize("kind", Kind)
def test_the_best_constant_is_worth_one(kind: Kind) -> None:
    outcome = replay(HindsightConstant(), generated(kind, 3), KNOWN_HOURS, HOURS, YEAR)

    assert outcome.share == pytest.approx(1)
    assert 0 < outcome.best < outcome.demand


@pytest.mark.parametrize("kind", Kind)
def test_a_seed_is_the_same_demand_again_and_another_seed_another(kind: Kind) -> None:
    first, again, other = (generated(kind, seed).demand for seed in (5, 5, 6))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_statement_says_when_it_does_not_hold() -> None:
    shares = {each.name: {Kind.STEADY: [0.5, 0.9]} for each in POLICIES}

    even = Shipped(shares)
    worse = Shipped(shares | {OURS.name: {Kind.STEADY: [0.4, 1.2]}})

    assert (even.is_above_all, even.is_no_worse_at_p10) == (False, True)
    assert (worse.is_above_all, worse.is_no_worse_at_p10) == (True, False)
    assert "percentile: **no, it does not hold**" in backtest_text(worse)


def test_a_summary_is_mean_tenth_percentile_and_worst() -> None:
    shares = [at / 10 for at in range(11)]

    found = Summary.of(shares)
    assert [found.mean, found.p10] == pytest.approx([0.5, 0.1])
    assert (found.worst, found.replays) == (0, 11)


@pytest.mark.req("COM-43", part="the committed report says what the command does")
def test_the_report_under_docs_is_what_the_command_prints(
    judged: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backtest"]) == 0

    printed = capsys.readouterr().out
    assert printed.rstrip("\n") == backtest_text(judged)
    assert (DOCS / "backtest.md").read_text("utf-8") == printed, "run make backtest"


@pytest.mark.req("COM-43", part="with a picture")
def test_the_command_tells_machines_and_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = [tmp_path / "b.svg", tmp_path / "b.png"]

    for picture in pictures:
        assert main(["backtest", "--json", "--seeds", "1", "--picture", str(picture)]) == 0
        body = json.loads(capsys.readouterr().out)

    assert body["policies"]["ours"]["replays"] == len(Kind)
    assert set(body["policies"]["ours"]["by_kind"]) == set(Kind)
    svg, png = (picture.read_bytes() for picture in pictures)
    assert b"<svg" in svg
    assert b"<title>Buying policies on the shipped demand</title>" in svg
    assert png.startswith(b"\x89PNG")


@pytest.mark.parametrize("wrong", [["--picture", "b.gif"], ["--seeds", "0"], ["--seeds", "x"]])
def test_wrong_arguments_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["backtest", *wrong])

    assert refused.value.code == 2
    assert wrong[0] in capsys.readouterr().err
