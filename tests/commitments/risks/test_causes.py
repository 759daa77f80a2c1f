"""Why a commitment is used less than before."""

from decimal import Decimal

import pytest

from finops_commitments.risks.causes import Cause, Place, Usage, cause

HOME, NEWER, ABROAD = ("us-east-1", "m5"), ("us-east-1", "m7g"), ("eu-west-1", "m5")


def usage(quantity: int, price: int, by_this: int = 0, by_others: int = 0) -> Usage:
    return Usage(Decimal(quantity), Decimal(price), Decimal(by_this), Decimal(by_others))


@pytest.mark.req("COM-30", part="cause: worked cases")
@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({HOME: usage(100, 100, 95)}, None),
        ({HOME: usage(20, 20, 20)}, Cause.SHUT_DOWN),
        ({}, Cause.SHUT_DOWN),
        ({HOME: usage(20, 20, 20), NEWER: usage(80, 60)}, Cause.MOVED_FAMILY),
        ({HOME: usage(20, 20, 20), ABROAD: usage(70, 75)}, Cause.MOVED_REGION),
        ({HOME: usage(20, 20, 20), ABROAD: usage(30, 30)}, Cause.SHUT_DOWN),
        ({HOME: usage(100, 100, 20, 80)}, Cause.DISPLACED),
        ({HOME: usage(100, 70, 70)}, Cause.PRICE_CUT),
        ({HOME: usage(100, 100, 50)}, None),
    ],
)
def test_the_cause_that_the_records_show(after: dict[Place, Usage], expected: Cause | None) -> None:
    assert cause({HOME: usage(100, 100, 100)}, after) is expected


@pytest.mark.req("COM-30", part="cause: what was elsewhere before has not moved there")
def test_only_what_is_new_elsewhere_has_moved() -> None:
    before: dict[Place, Usage] = {HOME: usage(100, 100, 100), ABROAD: usage(80, 80)}

    assert cause(before, {ABROAD: usage(80, 80)}) is Cause.SHUT_DOWN
