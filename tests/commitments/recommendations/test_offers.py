"""Offers are rows; the most exact and newest one for a usage counts."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from finops_commitments.offers.domain import (
    OfferRow,
    OfferTable,
    PaymentOption,
    Terms,
    UsageClass,
)

TERMS = Terms(1, PaymentOption.NO_UPFRONT)
USAGE = UsageClass("AmazonEC2", "BoxUsage:m5.large", "us-east-1", "RunInstances")


def a_row(
    usage: UsageClass = USAGE, rate: str = "0.07", terms: Terms = TERMS, day: int = 1
) -> OfferRow:
    return OfferRow(usage, Decimal(rate), terms, date(2026, 11, day))


def test_the_most_exact_row_wins_and_among_equals_the_newest() -> None:
    anywhere = UsageClass("AmazonEC2", "BoxUsage:m5.large")
    rows = [a_row(anywhere, "0.09"), a_row(rate="0.06", day=2), a_row(rate="0.07", day=1)]

    table = OfferTable(rows, TERMS)

    exact = table.find(USAGE)
    general = table.find(replace(USAGE, region="eu-west-1"))
    assert exact is not None
    assert general is not None
    assert [exact.rate, general.rate] == [Decimal("0.06"), Decimal("0.09")]


@pytest.mark.req("COM-40", part="only terms that exist as offer rows")
def test_a_row_of_other_terms_is_no_offer() -> None:
    table = OfferTable([a_row(terms=Terms(3, PaymentOption.NO_UPFRONT))], TERMS)

    assert table.find(USAGE) is None


@pytest.mark.req("COM-46", part="prices over seven days old are stale")
def test_a_price_is_stale_after_seven_days() -> None:
    row = a_row(day=1)

    assert [row.is_stale(date(2026, 11, day)) for day in (8, 9)] == [False, True]


@pytest.mark.parametrize(
    ("option", "share"),
    [("No Upfront", "0"), ("Partial Upfront", "0.5"), ("All Upfront", "1")],
)
def test_the_payment_option_says_what_is_paid_at_the_start(option: str, share: str) -> None:
    assert PaymentOption(option).upfront_share == Decimal(share)
