"""Rates as they are stored: compressed JSON, of which a question needs only some rows."""

import zlib
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import NamedTuple

import orjson

from finops_commitments.recommendations.offers import OfferRow, PaymentOption, Terms, UsageClass
from finops_common.contracts.ingestion import SavingsPlanRate

COMPUTE = frozenset({"Compute", "ComputeSavingsPlans"})
"""The names the provider gives the one plan type that is sized."""
_MONTHS = 12


class Usage(NamedTuple):
    """Usage to be priced: rates name usage types and no service."""

    service: str
    usage_type: str


def packed(rates: Sequence[SavingsPlanRate]) -> bytes:
    """The rows for storing."""
    return zlib.compress(orjson.dumps([rate.model_dump(mode="json") for rate in rates]))


def compute_offers(
    rates: bytes, currency: str, usages: Collection[Usage], dated: date
) -> list[OfferRow]:
    """The Compute Savings Plan rows for these usages, in one currency."""
    services: dict[str, list[str]] = {}
    for usage in usages:
        services.setdefault(usage.usage_type, []).append(usage.service)
    return [
        row
        for rate in _rates(rates)
        if rate.plan_type in COMPUTE and rate.currency == currency
        for service in services.get(rate.usage_type, [])
        for row in _row(rate, service, dated)
    ]


def _rates(rates: bytes) -> Iterator[SavingsPlanRate]:
    for row in orjson.loads(zlib.decompress(rates)):
        yield SavingsPlanRate.model_validate(row)


def _row(rate: SavingsPlanRate, service: str, dated: date) -> Iterator[OfferRow]:
    if rate.term_months % _MONTHS or rate.payment_option not in list(PaymentOption):
        return
    yield OfferRow(
        usage=UsageClass(service, rate.usage_type, rate.region, rate.operation),
        rate=rate.rate,
        terms=Terms(rate.term_months // _MONTHS, PaymentOption(rate.payment_option)),
        dated=dated,
    )
