"""What an organization should commit to next, from its newest records and prices."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from anyio import CapacityLimiter, to_thread

from finops_commitments.entered.service import EnteredService
from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.listed import commitments_listed
from finops_commitments.inventory.service import BILL, InventoryService, billed_at, merge
from finops_commitments.offers.packing import currencies
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.offers.service import OfferService
from finops_commitments.planned_changes.domain import PlannedChange
from finops_commitments.planned_changes.schemas import PlannedChangeBody, change_of
from finops_commitments.problems import PayerNeeded
from finops_commitments.recommendations.advice import Family, families
from finops_commitments.recommendations.ahead import Ahead
from finops_commitments.recommendations.guards import USUAL_DAYS
from finops_commitments.recommendations.markets import market_of
from finops_commitments.recommendations.portfolios import Advised, Wanted, solve
from finops_commitments.recommendations.turns import Turns
from finops_commitments.recommendations.variants import Asked, Variant, variants
from finops_commitments.recommendations.what_if import Changes, check_usage, what_if
from finops_commitments.revisions.domain import Finality, known_until
from finops_common.acting import Acts
from finops_common.clock import Clock

DEFAULT_DAYS = 90
USUAL = timedelta(days=USUAL_DAYS)


@dataclass(frozen=True, slots=True)
class Advice:
    """Every variant, and what it rests on; `unpriced` have records but no price list."""

    variants: list[Variant]
    families: list[Family]
    unpriced: list[Family]
    price_lists: list[UUID]
    since: datetime
    until: datetime
    now: datetime
    as_of: datetime | None
    finality: Finality


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
        priced = {
            (each.payer_account_id, currency)
            for each in self.prices
            for currency in currencies(each.rates)
        }
        return [each for each in self.families if each not in priced]


class RecommendationService:
    """Use cases of recommendations."""

    def __init__(
        self,
        records: OpenedRecords,
        offers: OfferService,
        inventory: InventoryService,
        changes: EnteredService[PlannedChangeBody],
        clock: Clock,
    ) -> None:
        self._records = records
        self._offers = offers
        self._inventory = inventory
        self._changes = changes
        self._clock = clock
        self._solving = CapacityLimiter(1)
        self._turns = Turns()

    async def advise(
        self,
        acts: Acts,
        days: int = DEFAULT_DAYS,
        cost_of_capital: Decimal | None = None,
        *,
        robust: bool = True,
    ) -> Advice:
        """Size everything that is offered over the last `days` the bills know of."""
        known = await self._known(acts, days)
        since, until = known.since, known.until
        asked = Asked(cost_of_capital, robust, await self._planned(acts))
        listed = commitments_listed(await self._inventory.snapshots(acts, collected_only=True))

        def question(records: HourlyRecords, _: object) -> list[Variant]:
            held = merge(listed, billed_at(records, until).commitments)
            return variants(records, known.prices, held, since, until, known.now, asked)

        sized = await self._records.ask(
            acts, min(since, until - BILL, until - USUAL), until, question, collected_only=True
        )
        return Advice(
            variants=sized.value,
            families=known.families,
            unpriced=known.unpriced,
            price_lists=[each.price_list_id for each in known.prices],
            since=since,
            until=until,
            now=known.now,
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
            UsageUnknown: usage is changed that nobody has.
            TooManyRequests: the organization has asked for too many at once.
        """
        async with self._turns.take(acts.scope.organization_id):
            return await self._portfolios(acts, wanted, changes)

    async def _portfolios(
        self, acts: Acts, wanted: Wanted, changes: Changes | None
    ) -> PortfolioAdvice:
        known = await self._known(acts, wanted.days)
        chosen = wanted.chosen(known.families)
        if changes is not None and changes.bought and len(chosen) > 1:
            raise PayerNeeded
        listed = commitments_listed(await self._inventory.snapshots(acts, collected_only=True))
        since, until = known.since, known.until
        planned = await self._planned(acts)

        def markets(records: HourlyRecords, _: object) -> list[Ahead]:
            held = merge(listed, billed_at(records, until).commitments)
            lists = {each.payer_account_id: each for each in known.prices}
            found = []
            for each in chosen:
                prices = lists.get(each.payer_account_id)
                if prices is not None:
                    found.append(market_of(records, prices, each, held, since, until, planned))
            return [each for each in found if each is not None]

        asked = await self._records.ask(
            acts, min(since, until - BILL, until - USUAL), until, markets, collected_only=True
        )

        if changes is not None:
            check_usage(asked.value, changes)

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

    async def _planned(self, acts: Acts) -> tuple[PlannedChange, ...]:
        return tuple(change_of(each) for each in await self._changes.list_all(acts))

    async def _known(self, acts: Acts, days: int) -> _Known:
        """Whose records there are, their prices, and the whole hours to look back on."""
        now = self._clock()
        found = await self._records.ask(
            acts,
            now - timedelta(days=days),
            now,
            lambda records, revisions: (families(records), known_until(revisions, now)),
            collected_only=True,
        )
        of, until = found.value
        until = until.replace(minute=0, second=0, microsecond=0)
        since = until - timedelta(days=days)
        prices = await self._offers.prices({each.payer_account_id for each in of})
        return _Known(of, prices, since, until, now)
