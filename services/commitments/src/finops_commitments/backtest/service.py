"""What buying policies would have saved an organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from finops_commitments.backtest.own import OwnBacktest, backtest
from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.offers.domain import Terms
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.offers.service import OfferService
from finops_commitments.recommendations.advice import Family, families
from finops_commitments.revisions.domain import Finality, Revision
from finops_common.acting import Acts
from finops_common.clock import Clock

HISTORY_DAYS = 400
"""Thirteen months and a little: a year can be judged after a first month."""


@dataclass(frozen=True, slots=True)
class Backtests:
    """By payer and currency; `untested` have no price list, or no offer on the terms."""

    tested: list[OwnBacktest]
    untested: list[Family]
    since: datetime
    until: datetime
    as_of: datetime | None
    finality: Finality


class BacktestService:
    """Use cases of backtests."""

    def __init__(self, records: OpenedRecords, offers: OfferService, clock: Clock) -> None:
        self._records = records
        self._offers = offers
        self._clock = clock

    async def backtest(self, acts: Acts, terms: Terms) -> Backtests:
        """Replay every policy on the last 400 days the bills know of."""
        now = self._clock()
        known = await self._records.ask(
            acts,
            now - timedelta(days=HISTORY_DAYS),
            now,
            lambda records, _: families(records),
            collected_only=True,
        )
        until = min(known.as_of or now, now).replace(minute=0, second=0, microsecond=0)
        since = until - timedelta(days=HISTORY_DAYS)
        listed = await self._offers.prices({each.payer_account_id for each in known.value})
        prices = {each.payer_account_id: each for each in listed}

        def question(records: HourlyRecords, _: Sequence[Revision]) -> list[OwnBacktest]:
            found = (
                _tested(records, prices.get(each.payer_account_id), each, terms, since, until)
                for each in known.value
            )
            return [each for each in found if each is not None]

        answer = await self._records.ask(acts, since, until, question, collected_only=True)
        tested = {each.family for each in answer.value}
        untested = [each for each in known.value if each not in tested]
        return Backtests(answer.value, untested, since, until, answer.as_of, answer.finality)


def _tested(
    records: HourlyRecords,
    prices: StoredPrices | None,
    family: Family,
    terms: Terms,
    since: datetime,
    until: datetime,
) -> OwnBacktest | None:
    if prices is None:
        return None
    return backtest(records, prices, family, terms, since, until)
