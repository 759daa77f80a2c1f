"""Advice for all payers of an organization: one sizing per payer, currency and terms offered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID, uuid5

from finops_commitments.figures.domain import Group
from finops_commitments.figures.records import UNCOVERED_COMPUTE, Filters, HourlyRecords, in_utc
from finops_commitments.offers.packing import Plan, Usage, compute_offers
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.portfolio.market import Kind
from finops_commitments.recommendations.domain import Sizing
from finops_commitments.recommendations.offers import STALE_AFTER, OfferRow, Terms
from finops_commitments.recommendations.recommend import recommend_compute_savings_plan


class Family(NamedTuple):
    """A payer's records in one currency: what one plan can be sized for."""

    payer_account_id: str
    currency: str


COMPUTE = Plan(Kind.COMPUTE_SAVINGS_PLAN)


@dataclass(frozen=True, slots=True)
class Variant:
    """One plan for one payer; variants of a payer are alternatives and are never summed."""

    family: Family
    sizing: Sizing
    since: datetime
    until: datetime
    offers_dated: date
    stale: bool
    plan: Plan = COMPUTE

    @property
    def id(self) -> UUID:
        """The same for the same advice, another for another."""
        return uuid5(_ADVICE, repr(self))


_ADVICE = UUID("5f0b7a52-6c5e-4e0a-9f5c-6d4f2b8a1c37")


def families(records: HourlyRecords) -> list[Family]:
    """The payers and currencies of the records, in order."""
    found = records.rows("SELECT DISTINCT payer_account_id, currency FROM records ORDER BY ALL")
    return [Family(*row) for row in found]


def variants(
    records: HourlyRecords,
    prices: Sequence[StoredPrices],
    since: datetime,
    until: datetime,
    now: datetime,
    cost_of_capital: Decimal | None = None,
) -> list[Variant]:
    """Every variant for the look-back [since, until), whole hours; by payer, currency, terms.

    A look-back that begins before the records do begins with them.
    """
    start = max(since, first_hour(records) or since)
    if start >= until:
        return []
    lists = {each.payer_account_id: each for each in prices}
    found: list[Variant] = []
    for family in families(records):
        listed = lists.get(family.payer_account_id)
        if listed is not None:
            stale = now - listed.listed_at > STALE_AFTER
            dated = listed.listed_at.date()
            offers = compute_offers(listed.rates, family.currency, _usages(records, family), dated)
            sized = _sized(records, offers, family, start, until, cost_of_capital)
            found += (Variant(family, each, start, until, dated, stale) for each in sized)
    return found


def preferred(found: Sequence[Variant]) -> list[Variant]:
    """Of each payer and currency the variant that binds least: short term, little upfront."""
    first: dict[Family, Variant] = {}
    for each in sorted(found, key=lambda variant: binding(variant.sizing.terms)):
        first.setdefault(each.family, each)
    return [first[family] for family in sorted(first)]


def _sized(
    records: HourlyRecords,
    offers: Sequence[OfferRow],
    family: Family,
    since: datetime,
    until: datetime,
    cost_of_capital: Decimal | None,
) -> list[Sizing]:
    filters = Filters(family.currency, groups=((Group.PAYER, family.payer_account_id),))
    sized = (
        recommend_compute_savings_plan(
            records, offers, terms, since, until, filters, cost_of_capital
        )
        for terms in sorted({offer.terms for offer in offers}, key=binding)
    )
    return [each for each in sized if each is not None]


def binding(terms: Terms) -> tuple[int, Decimal]:
    """The order of terms: the shortest first, of these the least upfront."""
    return terms.years, terms.payment_option.upfront_share


def _usages(records: HourlyRecords, family: Family) -> list[Usage]:
    found = records.rows(
        "SELECT DISTINCT service, usage_type FROM records WHERE payer_account_id = ? "  # noqa: S608 -- own constants, values are bound
        f"AND currency = ? AND usage_type IS NOT NULL AND {UNCOVERED_COMPUTE} ORDER BY ALL",
        family,
    )
    return [Usage(*row) for row in found]


def first_hour(records: HourlyRecords) -> datetime | None:
    """The first hour with records; None without any."""
    ((first,),) = records.rows("SELECT min(hour) FROM records WHERE charge_span = 'hour'")
    return in_utc(first)
