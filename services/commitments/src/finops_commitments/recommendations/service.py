"""What an organization should commit to next, from its newest records and prices."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from anyio import CapacityLimiter, to_thread

from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.listed import commitments_listed
from finops_commitments.inventory.service import BILL, InventoryService, billed_at, merge
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.offers.service import OfferService
from finops_commitments.problems import PayerNeeded
from finops_commitments.recommendations.advice import (
    Family,
    Variant,
    families,
    first_hour,
    variants,
)
from finops_commitments.recommendations.ahead import Ahead, ahead_of
from finops_commitments.recommendations.alternatives import alternatives
from finops_commitments.recommendations.portfolios import Advised, Wanted, solve
from finops_commitments.recommendations.what_if import Changes, what_if
from finops_commitments.revisions.domain import Finality
from finops_common.acting import Acts
from finops_common.clock import Clock

DEFAULT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Advice:
    """Every variant, and what it rests on; `unpriced` have records but no price list.

    `variants` are of Compute plans, `alternatives` of others, where they are asked for.
    """

    variants: list[Variant]
    families: list[Family]
    unpriced: list[Family]
    price_lists: list[UUID]
    since: datetime
    until: datetime
    as_of: datetime | None
    finality: Finality
    alternatives: list[Variant] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PortfolioAdvice:
    """A portfolio per payer and currency, what it would be if, and what it rests on."""

    portfolios: list[tuple[Advised, Advised | None]]
    unpriced: list[Family]
    since: datetime
    until: datetime
    now: datetime
    as_of: datetime | None
    finality: Finality


@dataclass(frozen=True, slots=True)
class _Known:
    families: list[Family]
    prices: list[StoredPrices]
    since: datetime
    until: datetime
    now: datetime

    @property
    def unpriced(self) -> list[Family]:
        priced = {each.payer_account_id for each in self.prices}
        return [each for each in self.families if each.payer_account_id not in priced]


class RecommendationService:
    """Use cases of recommendations."""

    def __init__(
        self,
        records: OpenedRecords,
        offers: OfferService,
        inventory: InventoryService,
        clock: Clock,
    ) -> None:
        self._records = records
        self._offers = offers
        self._inventory = inventory
        self._clock = clock
        self._solving = CapacityLimiter(1)

    async def advise(
        self,
        acts: Acts,
        days: int = DEFAULT_DAYS,
        cost_of_capital: Decimal | None = None,
        *,
        every_type: bool = False,
    ) -> Advice:
        """Size every Compute plan that is offered over the last `days` the bills know of.

        With `every_type` the other plans too.
        """
        known = await self._known(acts, days)
        since, until = known.since, known.until
        asked = (known.prices, since, until, known.now, cost_of_capital)

        def size(records: HourlyRecords, _: object) -> tuple[list[Variant], list[Variant]]:
            others = alternatives(records, *asked) if every_type else []
            return variants(records, *asked), others

        sized = await self._records.ask(acts, since, until, size, collected_only=True)
        return Advice(
            variants=sized.value[0],
            alternatives=sized.value[1],
            families=known.families,
            unpriced=known.unpriced,
            price_lists=[each.price_list_id for each in known.prices],
            since=since,
            until=until,
            as_of=sized.as_of,
            finality=sized.finality,
        )

    async def portfolios(
        self, acts: Acts, wanted: Wanted, changes: Changes | None = None
    ) -> PortfolioAdvice:
        """What to buy of all plans together, per payer and currency (COM-41).

        With `changes` also what would be so under them (COM-45).

        Raises:
            CurrencyNeeded: a limit in money is set, and the records have several currencies.
            PayerNeeded: amounts are given for several payers.
            OfferUnknown: an amount is of something that is not on offer.
            AmountUnfit: a plan is given by count, or a reservation by money.
        """
        known = await self._known(acts, wanted.days)
        chosen = wanted.chosen(known.families)
        if changes is not None and changes.bought and len(chosen) > 1:
            raise PayerNeeded
        listed = commitments_listed(await self._inventory.snapshots(acts, collected_only=True))
        since, until = known.since, known.until

        def markets(records: HourlyRecords, _: object) -> list[Ahead]:
            start = max(since, first_hour(records) or since)
            if start >= until:
                return []
            held = merge(listed, billed_at(records, until).commitments)
            lists = {each.payer_account_id: each for each in known.prices}
            found = (
                ahead_of(records, lists[each.payer_account_id], each, held, start, until)
                for each in chosen
                if each.payer_account_id in lists
            )
            return [each for each in found if each is not None]

        asked = await self._records.ask(
            acts, min(since, until - BILL), until, markets, collected_only=True
        )

        def solved() -> list[tuple[Advised, Advised | None]]:
            return [
                (solve(each, wanted), None if changes is None else what_if(each, wanted, changes))
                for each in asked.value
            ]

        return PortfolioAdvice(
            # Outside of the records: it takes seconds, in which figures are asked of them.
            portfolios=await to_thread.run_sync(solved, limiter=self._solving),
            unpriced=[each for each in known.unpriced if each in chosen],
            since=since,
            until=until,
            now=known.now,
            as_of=asked.as_of,
            finality=asked.finality,
        )

    async def _known(self, acts: Acts, days: int) -> _Known:
        """Whose records there are, their prices, and the whole hours to look back on."""
        now = self._clock()
        found = await self._records.ask(
            acts,
            now - timedelta(days=days),
            now,
            lambda records, _: families(records),
            collected_only=True,
        )
        of = found.value
        until = min(found.as_of or now, now).replace(minute=0, second=0, microsecond=0)
        since = until - timedelta(days=days)
        prices = await self._offers.prices({each.payer_account_id for each in of})
        return _Known(of, prices, since, until, now)
