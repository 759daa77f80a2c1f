"""Which exchange rate holds on which days."""

from datetime import date
from decimal import Decimal

import pytest

from finops_ingestion.costs.currencies.domain import Held, Pair, Rate, held_in

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


def a_rate(since: date, currency: str = "USD") -> Rate:
    return Rate(Pair(currency, "KRW", since), Decimal(since.month), "bank")


@pytest.mark.req("ING-16", part="a rate holds from its day until the next of the same currencies")
def test_a_rate_holds_until_the_next_of_its_currencies() -> None:
    may, mid, euro = a_rate(date(2026, 5, 3)), a_rate(date(2026, 6, 20)), a_rate(JULY, "EUR")

    held = held_in([mid, euro, may], JUNE, AUGUST)

    assert held == (
        Held(euro, JULY, AUGUST),
        Held(may, JUNE, date(2026, 6, 20)),
        Held(mid, date(2026, 6, 20), AUGUST),
    )


def test_rates_that_others_replaced_or_that_come_later_hold_on_none() -> None:
    old, older, later = a_rate(date(2026, 5, 3)), a_rate(date(2026, 4, 1)), a_rate(AUGUST)

    assert held_in([older, old, later], JUNE, JULY) == (Held(old, JUNE, JULY),)
    assert held_in([], JUNE, JULY) == ()
