"""What can be committed to, from Google: resource-based commitments and flexible ones.

Resource-based ones have SKUs of their own in the Cloud Billing Catalog. Flexible ones are prices
of the SKUs of usage under a consumption model, which the Pricing API tells; where it does not,
the documented shares stand in for them.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate
from finops_common.google_skus import committed
from finops_ingestion.connections.adapters.gcp import KeySession
from finops_ingestion.connections.adapters.rest import RefusedError
from finops_ingestion.offers.flexible_shares import flexible_shares

SERVICES = ("6F81-5844-456A", "152E-C115-5142", "CCD8-9BF1-090E")
"""Compute Engine, Cloud Run, Kubernetes Engine."""
_TERMS = {"Commit1Yr": 1, "Commit3Yr": 3}
_FLEXIBLE = re.compile(r"(?i)\bflex\w*\b.*\bCUDs?\b.*\b(?P<years>[13]) ?Y")
_MONTHLY = "No Upfront"
"""Google bills commitments month by month."""
_MOST = 5000
_NANOS = Decimal(1_000_000_000)


class GoogleListed(NamedTuple):
    """Flexible commitments by the usage they cover, and resource-based ones."""

    rates: list[SavingsPlanRate]
    reservations: list[ReservationOffer]


@dataclass(frozen=True, slots=True)
class _Usage:
    """A SKU of usage, with its price on demand."""

    description: str
    regions: tuple[str, ...]
    price: Decimal


async def google_offers(session: KeySession, billing_account: str) -> GoogleListed:
    """Everything on offer, in the currency the billing account pays in.

    Nothing where Google refuses, as while its Billing API is off.

    Raises:
        ConnectionBrokenError: the key is not let in.
        CloudSilentError: Google did not answer.
    """
    try:
        return await _listed(session, session.endpoints.billing, billing_account)
    except RefusedError:
        return GoogleListed([], [])


async def _listed(session: KeySession, base: str, billing_account: str) -> GoogleListed:
    account = await session.ask("GET", f"{base}/v1/billingAccounts/{quote(billing_account)}")
    currency = str(account.get("currencyCode") or "USD")
    usages: dict[str, _Usage] = {}
    reservations: list[ReservationOffer] = []
    for service in SERVICES:
        async for sku in _catalogue(session, base, service, currency):
            reservations += _commitments(sku, currency)
            usages |= _on_demand(sku)
    rates = [each async for each in _told(session, base, currency, usages)]
    told = {each.usage_type for each in rates}
    documented = (each for each in usages.values() if each.description not in told)
    rates += [rate for each in documented for rate in _documented(each, currency)]
    return GoogleListed(rates, reservations)


async def _catalogue(
    session: KeySession, base: str, service: str, currency: str
) -> AsyncIterator[dict[str, Any]]:
    asked = {"currencyCode": currency, "pageSize": str(_MOST)}
    async for page in session.pages(f"{base}/v1/services/{service}/skus", asked):
        for sku in page.get("skus", []):
            yield sku


def _commitments(sku: Mapping[str, Any], currency: str) -> Iterator[ReservationOffer]:
    years = _TERMS.get(sku["category"]["usageType"])
    found, price = committed(sku["description"]), _price_of(sku)
    if years is None or found is None or price is None:
        return
    for region in sku.get("serviceRegions", []):
        yield ReservationOffer(
            service="Compute Engine",
            region=region,
            instance_type=found.family,
            platform=found.resource,
            term_months=years * 12,
            payment_option=_MONTHLY,
            upfront=Decimal(0),
            recurring_hourly=price,
            currency=currency,
        )


def _on_demand(sku: Mapping[str, Any]) -> dict[str, _Usage]:
    """The SKU by its id, if it is one of usage on demand."""
    price = _price_of(sku)
    if sku["category"]["usageType"] != "OnDemand" or price is None:
        return {}
    regions = tuple(sku.get("serviceRegions", []))
    return {sku["skuId"]: _Usage(sku["description"], regions, price)}


def _price_of(sku: Mapping[str, Any]) -> Decimal | None:
    """Of one pricing unit, past what is free; None where it costs nothing."""
    priced = sku.get("pricingInfo") or [{}]
    tiers = priced[-1].get("pricingExpression", {}).get("tieredRates", [])
    return _first_paid(each["unitPrice"] for each in tiers)


def _first_paid(prices: Iterator[Mapping[str, Any]]) -> Decimal | None:
    amounts = (Decimal(each.get("units") or 0) + each.get("nanos", 0) / _NANOS for each in prices)
    return next((amount for amount in amounts if amount > 0), None)


async def _told(
    session: KeySession, base: str, currency: str, usages: Mapping[str, _Usage]
) -> AsyncIterator[SavingsPlanRate]:
    asked = {"currencyCode": currency, "pageSize": str(_MOST)}
    try:
        async for page in session.pages(f"{base}/v2beta/skus/-/prices", asked):
            for price in page.get("prices", []):
                usage = usages.get(price["name"].split("/")[1])
                for model in price.get("skuPrices", []) if usage else []:
                    for rate in _under(model, usage, currency):
                        yield rate
    except RefusedError:
        return  # beta: it may go, and the documented shares stay


def _under(
    model: Mapping[str, Any], usage: _Usage | None, currency: str
) -> Iterator[SavingsPlanRate]:
    flexible = _FLEXIBLE.search(model.get("consumptionModelDescription", ""))
    price = _first_paid(each["listPrice"] for each in model.get("rate", {}).get("tiers", []))
    if usage is not None and flexible is not None and price is not None:
        yield from _rates(usage, int(flexible["years"]), price, currency)


def _documented(usage: _Usage, currency: str) -> Iterator[SavingsPlanRate]:
    for years, share in flexible_shares(usage.description).items():
        yield from _rates(usage, years, usage.price * (1 - share), currency)


def _rates(usage: _Usage, years: int, price: Decimal, currency: str) -> Iterator[SavingsPlanRate]:
    for region in usage.regions:
        yield SavingsPlanRate(
            plan_type="FlexibleCUD",
            term_months=years * 12,
            payment_option=_MONTHLY,
            region=region,
            usage_type=usage.description,
            rate=price,
            currency=currency,
        )
