"""Rates as they are stored: compressed JSON, of which a question needs only some rows."""

import re
import zlib
from collections.abc import Collection, Container, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import orjson

from finops_commitments.offers.domain import Kind, OfferRow, PaymentOption, Terms, UsageClass
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.simulation.instances import service_named
from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate

PLAN_KINDS = {
    "Compute": Kind.COMPUTE_SAVINGS_PLAN,
    "ComputeSavingsPlans": Kind.COMPUTE_SAVINGS_PLAN,
    "EC2Instance": Kind.EC2_INSTANCE_SAVINGS_PLAN,
    "EC2InstanceSavingsPlans": Kind.EC2_INSTANCE_SAVINGS_PLAN,
    "Database": Kind.DATABASE_SAVINGS_PLAN,
    "DatabaseSavingsPlans": Kind.DATABASE_SAVINGS_PLAN,
    "SageMaker": Kind.SAGEMAKER_SAVINGS_PLAN,
    "SageMakerSavingsPlans": Kind.SAGEMAKER_SAVINGS_PLAN,
    "AzureSavingsPlan": Kind.AZURE_SAVINGS_PLAN,
    "FlexibleCUD": Kind.FLEXIBLE_CUD,
}
"""The names the provider gives plan types, in its lists and in its bills."""
_MONTHS = 12


class Plan(NamedTuple):
    """What a commitment reaches; region and family are told of no plan but EC2 Instance ones.

    The others are those of a reservation alone, as they are on offer.
    """

    kind: Kind
    region: str | None = None
    family: str | None = None
    instance_type: str | None = None
    platform: str | None = None
    service: str | None = None
    deployment: str | None = None


class Usage(NamedTuple):
    """Usage to be priced: rates name usage types and no service."""

    service: str
    usage_type: str


def name_of(plan: Plan, terms: Terms) -> str:
    """What an offer is called, such as `compute_savings_plan/1/No Upfront`."""
    platform = re.sub(r"\W+", "-", plan.platform.lower()) if plan.platform else None
    place = (plan.region, plan.instance_type or plan.family, platform, plan.deployment)
    parts = (plan.kind.name.lower(), *place, terms.years, terms.payment_option)
    return "/".join(str(part) for part in parts if part is not None)


def packed(rows: Sequence[SavingsPlanRate | ReservationOffer]) -> bytes:
    """The rows for storing."""
    return zlib.compress(orjson.dumps([row.model_dump(mode="json") for row in rows]))


def currencies(rates: bytes) -> set[str]:
    """The currencies in which anything is listed."""
    return {row["currency"] for row in orjson.loads(zlib.decompress(rates))}


def compute_offers(
    rates: bytes, currency: str, usages: Collection[Usage], dated: date
) -> list[OfferRow]:
    """The Compute Savings Plan rows for these usages, in one currency."""
    return plan_offers(rates, currency, usages, dated).get(Plan(Kind.COMPUTE_SAVINGS_PLAN), [])


def plan_offers(
    rates: bytes, currency: str, usages: Collection[Usage], dated: date
) -> dict[Plan, list[OfferRow]]:
    """The rows of every plan that is listed for these usages, in one currency."""
    services: dict[str, list[str]] = {}
    for usage in usages:
        services.setdefault(usage.usage_type, []).append(usage.service)
    found: dict[Plan, list[OfferRow]] = {}
    for rate in _rates(rates, currency, services):
        plan = _plan(rate)
        for service in services[rate.usage_type]:
            found.setdefault(plan, []).extend(_row(rate, service, dated))
    return {plan: rows for plan, rows in found.items() if rows}


def reservation_offers(
    reservations: bytes, currency: str, places: Container[tuple[str, str]]
) -> list[ReservationOffer]:
    """The reservations on offer in one currency, in these services, as one names them, and regions.

    Empty where the list has none; those of other terms than whole years are left out, and
    those without a price.
    """
    return [
        ReservationOffer.model_validate(row)
        for row in orjson.loads(zlib.decompress(reservations) if reservations else b"[]")
        if row["currency"] == currency
        and (service_named(row["service"]), row["region"]) in places
        and row["term_months"] % _MONTHS == 0
        and Decimal(row["upfront"]) + Decimal(row["recurring_hourly"]) > 0
        and row["payment_option"] in list(PaymentOption)
    ]


def on_demand_prices(prices: StoredPrices, currency: str) -> dict[tuple[str, str], Decimal]:
    """What an hour costs on demand by region and size, of what a list prices so."""
    found = {}
    for rows, name in ((prices.reservations, "instance_type"), (prices.rates, "usage_type")):
        for row in orjson.loads(zlib.decompress(rows) if rows else b"[]"):
            if row["currency"] == currency and row.get("on_demand_hourly") is not None:
                found[row["region"], row[name]] = Decimal(row["on_demand_hourly"])
    return found


def instance_family(usage_type: str) -> str:
    """m5 of `USW2-BoxUsage:m5.large`."""
    return usage_type.rpartition(":")[2].partition(".")[0]


def _plan(rate: SavingsPlanRate) -> Plan:
    kind = PLAN_KINDS[rate.plan_type]
    if kind is not Kind.EC2_INSTANCE_SAVINGS_PLAN:
        return Plan(kind)
    return Plan(kind, rate.region, instance_family(rate.usage_type))


def _rates(rates: bytes, currency: str, usage_types: Container[str]) -> Iterator[SavingsPlanRate]:
    for row in orjson.loads(zlib.decompress(rates)):
        # A list names every instance type of every region, a payer uses a few: only these are read.
        if row["usage_type"] in usage_types and row["currency"] == currency:
            rate = SavingsPlanRate.model_validate(row)
            if rate.plan_type in PLAN_KINDS:
                yield rate


def _row(rate: SavingsPlanRate, service: str, dated: date) -> Iterator[OfferRow]:
    if rate.term_months % _MONTHS or rate.payment_option not in list(PaymentOption):
        return
    yield OfferRow(
        usage=UsageClass(service, rate.usage_type, rate.region, rate.operation),
        rate=rate.rate,
        terms=Terms(rate.term_months // _MONTHS, PaymentOption(rate.payment_option)),
        dated=dated,
    )
