"""What usage is worth where its hours do not agree on a price or a unit."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.recommendations.test_portfolio import a_rate
from tests.commitments.recommendations.test_what_is_known import HOURS, Usage, sized, usage

__all__ = ["sized", "usage"]
pytestmark = pytest.mark.req(
    "COM-40", part="usage is worth what it cost, whatever its quantities say"
)


def test_quantities_of_another_unit_are_not_priced_anew(
    sized: Callable[..., Any], usage: Usage
) -> None:
    before = usage(0, 216, usage_quantity="36000", usage_unit="Seconds")
    now = usage(216, HOURS, usage_quantity="10", usage_unit="Hours")
    (only,) = sized([*before, *now], a_rate("0.06"))
    assert only.sizing.hourly_commitment <= Decimal("0.6")
    assert only.sizing.monthly_on_demand_before <= 731


def test_a_correction_sets_no_price(sized: Callable[..., Any], usage: Usage) -> None:
    rows = usage(0, HOURS)
    credit = usage(HOURS - 1, HOURS, list_cost="0", usage_quantity="-239.9")
    (only,) = sized([*rows, *credit], a_rate("0.06"))
    assert only.sizing.monthly_on_demand_before <= 731


def test_usage_without_a_quantity_is_worth_what_was_billed(
    sized: Callable[..., Any], usage: Usage
) -> None:
    rows = [*usage(0, 216, usage_quantity=None), *usage(216, HOURS)]
    (only,) = sized(rows, a_rate("0.06"))
    assert only.sizing.hourly_commitment > 0
