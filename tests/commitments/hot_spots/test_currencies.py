"""Hot spots of several currencies."""

from collections.abc import Callable
from typing import Any

from tests.commitments.hot_spots.test_hot_spots import Build, a_day

from finops_commitments.figures.records import ALL
from finops_commitments.hot_spots.weighing import hottest

__all__ = ["a_day"]


def test_a_cheap_place_in_won_does_not_hide_a_dear_one_in_dollars(
    records_of: Build, a_day: Callable[..., list[Any]]
) -> None:
    rows = [*a_day("1000"), *a_day("1300", account_id="2", currency="KRW")]

    shown = hottest(records_of(rows), ALL, 1)

    assert "USD" in {each.cell.currency for each in shown}
