"""What an organization should commit to next, from its newest records and prices."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.offers.service import OfferService
from finops_commitments.recommendations.advice import Family, Variant, families, variants
from finops_commitments.revisions.domain import Finality
from finops_common.acting import Acts
from finops_common.clock import Clock

DEFAULT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Advice:
    """Every variant, and what it rests on; `unpriced` have records but no price list."""

    variants: list[Variant]
    families: list[Family]
    unpriced: list[Family]
    price_lists: list[UUID]
    since: datetime
    until: datetime
    as_of: datetime | None
    finality: Finality


class RecommendationService:
    """Use cases of recommendations."""

    def __init__(self, records: OpenedRecords, offers: OfferService, clock: Clock) -> None:
        self._records = records
        self._offers = offers
        self._clock = clock

    async def advise(
        self, acts: Acts, days: int = DEFAULT_DAYS, cost_of_capital: Decimal | None = None
    ) -> Advice:
        """Size every plan that is offered over the last `days` the bills know of."""
        now = self._clock()
        known = await self._records.ask(
            acts,
            now - timedelta(days=days),
            now,
            lambda records, _: families(records),
            collected_only=True,
        )
        until = min(known.as_of or now, now)
        until = until.replace(minute=0, second=0, microsecond=0)
        since = until - timedelta(days=days)
        prices = await self._offers.prices({each.payer_account_id for each in known.value})
        sized = await self._records.ask(
            acts,
            since,
            until,
            lambda records, _: variants(records, prices, since, until, now, cost_of_capital),
            collected_only=True,
        )
        priced = {each.payer_account_id for each in prices}
        return Advice(
            variants=sized.value,
            families=known.value,
            unpriced=[each for each in known.value if each.payer_account_id not in priced],
            price_lists=[each.price_list_id for each in prices],
            since=since,
            until=until,
            as_of=sized.as_of,
            finality=sized.finality,
        )
