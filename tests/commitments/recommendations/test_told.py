"""What a portfolio tells: of now and of ahead, of losses, and of what does not exist."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from tests.commitments.recommendations.test_portfolio import COMPUTE, PAYER, a_plan, a_rate
from tests.commitments.recommendations.test_what_is_known import (
    SINCE,
    UNTIL,
    Record,
    Usage,
    advised,
    covered,
    usage,
)

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.offers.packing import packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.portfolio.limits import Limits
from finops_commitments.problems import UsageUnknown
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import ahead_of
from finops_commitments.recommendations.portfolio_schemas import PortfolioView, portfolios
from finops_commitments.recommendations.portfolios import Advised, Wanted, solve
from finops_commitments.recommendations.service import PortfolioAdvice
from finops_commitments.recommendations.what_if import Changes, UsageChange, check_usage, what_if
from finops_common.i18n import Language

__all__ = ["advised", "covered", "usage"]


def shown(found: Advised, language: Language = "en", now: datetime = UNTIL) -> PortfolioView:
    """The portfolio as people read it."""
    advice = PortfolioAdvice([(found, None)], [], SINCE, UNTIL, now, UNTIL, "open")
    return portfolios(advice, language).items[0]


@pytest.fixture
def ending(advised: Callable[..., Advised | None], covered: Usage) -> Advised:
    """Beside a plan that covers all for 30 more hours."""
    owned = a_plan(ends_at=UNTIL + timedelta(hours=30))
    found = advised(covered(), a_rate("0.06"), owned=[owned])
    assert found is not None
    return found


def test_nothing_is_to_be_bought_in_the_past(ending: Advised) -> None:
    now = UNTIL + timedelta(days=3)

    (part,) = shown(ending, now=now).bought

    assert part.buy_at >= now


def test_what_is_said_of_now_is_of_now(ending: Advised) -> None:
    told = shown(ending).reasons.why_now[0]

    assert told != "Now 638.75 USD a month is paid on demand, and 12.5 % of usage is covered."


@pytest.fixture
def plain(records_of: Callable[[Sequence[Record]], HourlyRecords], usage: Usage) -> Any:  # noqa: ANN401 - as built
    prices = StoredPrices("AWS", PAYER, uuid4(), UNTIL, packed([a_rate("0.06")]))
    return ahead_of(records_of(usage()), prices, Family(PAYER, "USD"), [], SINCE, UNTIL)


def test_what_the_limits_forbid_is_not_said_to_save_nothing(plain: Any) -> None:  # noqa: ANN401 - as built
    found = solve(plain, Wanted(90, Limits(lock_in=Decimal(0)), robust=False))

    assert shown(found).reasons.what != ["Buy nothing: no offer saves beside what is owned."]


def test_a_loss_is_called_a_loss(plain: Any) -> None:  # noqa: ANN401 - as built
    found = what_if(plain, Wanted(90, robust=False), Changes(amounts={COMPUTE: Decimal(3)}))

    assert "saves -" not in " ".join(shown(found).reasons.what)


@pytest.mark.parametrize("language", ["ko", "en", "ja"])
def test_no_sentence_has_a_hole(plain: Any, language: Language) -> None:  # noqa: ANN401 - as built
    found = what_if(plain, Wanted(90, robust=False), Changes(usage=(UsageChange(Decimal(0)),)))

    assert "?" not in shown(found, language).reasons.why_now[0]


def test_a_change_of_usage_that_does_not_exist_is_refused(plain: Any) -> None:  # noqa: ANN401 - as built
    mistyped = UsageChange(Decimal(2), service="AmazonEC3")

    with pytest.raises(UsageUnknown):
        check_usage([plain], Changes(usage=(mistyped,)))
    check_usage([plain], Changes(usage=(UsageChange(Decimal(2), service="AmazonEC2"),)))


def test_another_moment_to_buy_is_another_advice(ending: Advised) -> None:
    a_day_later = replace(ending.ahead, until=ending.ahead.until + timedelta(days=1))

    assert replace(ending, ahead=a_day_later).id != ending.id
