"""What to buy when a commitment ends: the plan that is best for what it covered, on its terms."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from finops_commitments.figures.domain import Group
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.inventory.billed import daily_uses
from finops_commitments.inventory.domain import Commitment, use_of
from finops_commitments.offers.domain import OfferRow, PaymentOption, Terms
from finops_commitments.offers.packing import Usage, compute_offers
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.recommendations.advice import Family, known_since
from finops_commitments.recommendations.demand import covered_demand
from finops_commitments.recommendations.domain import Sizing
from finops_commitments.recommendations.recommend import replace_with_compute_savings_plan
from finops_common.money import plain

LOOK_BACK = timedelta(days=30)
_LATELY = timedelta(days=7)
"""What covered nothing for so long has lost its usage, whatever it covered before."""


class Verdict(StrEnum):
    PLAN = "plan"
    USAGE_GONE = "usage_gone"
    NOT_WORTH_IT = "not_worth_it"
    NO_OFFER = "no_offer"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What to buy, if anything; the sizing is there with the verdict that it is a plan."""

    verdict: Verdict
    sizing: Sizing | None = None

    @property
    def facts(self) -> dict[str, str]:
        """As an alert tells it."""
        found = {"replacement": self.verdict.value}
        if self.sizing is not None:
            terms = self.sizing.terms
            found |= {
                "replacement_offer": f"Compute Savings Plan {terms.years}y {terms.payment_option}",
                "replacement_hourly": plain(self.sizing.hourly_commitment),
                "replacement_saves_a_month": plain(self.sizing.monthly_savings),
            }
        return found


def replacement(
    records: HourlyRecords, prices: StoredPrices | None, commitment: Commitment, until: datetime
) -> Replacement:
    """The Compute Savings Plan that is best for what the commitment covered before `until`.

    On the commitment's own term and payment option where they are on offer, else on those that
    bind least. `until` is a whole hour up to which the bills are known.
    """
    family = Family(commitment.payer_account_id or "", commitment.currency or "")
    since = known_since(records, family, until - LOOK_BACK)
    if since >= until or not _used(records, commitment, until):
        return Replacement(Verdict.USAGE_GONE)
    rows = _offers(records, prices, commitment, since, until)
    if not rows:
        return Replacement(Verdict.NO_OFFER)
    terms = _terms(commitment, {row.terms for row in rows})
    found = replace_with_compute_savings_plan(records, rows, terms, commitment.id, since, until)
    if found is None:
        return Replacement(Verdict.NO_OFFER)
    if not found.hourly_commitment:
        return Replacement(Verdict.NOT_WORTH_IT)
    return Replacement(Verdict.PLAN, found)


def _used(records: HourlyRecords, commitment: Commitment, until: datetime) -> bool:
    """Whether it covered something lately; at a price that is not known, it did."""
    of = Filters(groups=((Group.COMMITMENT, commitment.id),))
    use = use_of(commitment, daily_uses(records, until - _LATELY, until, of))
    return use is not None and use.covered != 0


def _offers(
    records: HourlyRecords,
    prices: StoredPrices | None,
    commitment: Commitment,
    since: datetime,
    until: datetime,
) -> list[OfferRow]:
    if prices is None or commitment.currency is None:
        return []
    classes = covered_demand(records, since, until, commitment.id).classes
    usages = {Usage(each.service, each.usage_type) for each in classes}
    return compute_offers(prices.rates, commitment.currency, usages, prices.listed_at.date())


def _terms(commitment: Commitment, on_offer: Collection[Terms]) -> Terms:
    if commitment.payment_option in list(PaymentOption):
        own = Terms(commitment.term_years or 1, PaymentOption(commitment.payment_option))
        if own in on_offer:
            return own
    return min(on_offer, key=lambda each: (each.years, each.payment_option.upfront_share))
