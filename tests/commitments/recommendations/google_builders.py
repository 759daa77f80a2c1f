"""Builders for tests of Google payers: usage of October, price lists, and the market they make."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.domain import Commitment
from finops_commitments.offers.packing import packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import Ahead
from finops_commitments.recommendations.markets import market_of
from finops_commitments.recommendations.portfolios import Advised, Wanted, solve
from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate

Record = dict[str, Any]
Market = Callable[..., Ahead]
Used = Callable[..., list[Record]]

CENTS = Decimal("0.00001")
PAYER = "01A2B3-C4D5E6-F70809"
SINCE = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = 24 * 31
UNTIL = SINCE + timedelta(hours=HOURS)
LIST = {
    "N2 Instance Core running in Americas": "0.031611",
    "N2 Instance Ram running in Americas": "0.004237",
    "N2 Custom Instance Core running in Americas": "0.033174",
    "E2 Instance Core running in Americas": "0.021811",
}
CORE, RAM, CUSTOM, E2 = LIST
CORES = "resource_based_cud/us-central1/n2/vcpu/1/No Upfront"
MEMORY = "resource_based_cud/us-central1/n2/memory/1/No Upfront"
FLEXIBLE = "flexible_cud/1/No Upfront"
UNITS = {
    ("n2", "vcpu", 12): "0.019915",
    ("n2", "memory", 12): "0.002669",
    ("n2", "vcpu", 36): "0.014225",
    ("n2", "memory", 36): "0.001907",
    ("e2", "vcpu", 12): "0.013741",
}
COVERED = {"pricing_category": "Committed", "commitment_status": "Used"}
BY_UNITS = COVERED | {
    "commitment_id": "Committed Usage Discount: CPU",
    "commitment_type": "Resource-based CUD",
    "commitment_category": "Usage",
    "charge_kind": "credited_usage",
}
BY_MONEY = COVERED | {
    "commitment_id": "flex-1",
    "commitment_type": "Spend-based CUD",
    "commitment_category": "Spend",
    "charge_kind": "covered_usage",
}


def resources(*known: tuple[str, str, int]) -> list[ReservationOffer]:
    return [
        ReservationOffer(
            service="Compute Engine",
            region="us-central1",
            instance_type=family,
            platform=resource,
            term_months=months,
            payment_option="No Upfront",
            upfront=Decimal(0),
            recurring_hourly=Decimal(UNITS[family, resource, months]),
            currency="USD",
        )
        for family, resource, months in known or UNITS
    ]


def flexible(share: str = "0.72", months: int = 12) -> list[SavingsPlanRate]:
    return [
        SavingsPlanRate(
            plan_type="FlexibleCUD",
            term_months=months,
            payment_option="No Upfront",
            region="us-central1",
            usage_type=usage_type,
            rate=Decimal(price) * Decimal(share),
            currency="USD",
        )
        for usage_type, price in LIST.items()
    ]


@pytest.fixture
def used(a_record: Callable[..., Record]) -> Used:
    """How much of a SKU runs in each hour of October."""

    def build(usage_type: str, amounts: Sequence[float], **known: Any) -> list[Record]:  # noqa: ANN401 - columns
        return [
            a_record(
                **{
                    "hour": SINCE + timedelta(hours=at),
                    "provider": "Google Cloud",
                    "service": "Compute Engine",
                    "payer_account_id": PAYER,
                    "account_id": "shop",
                    "region": "us-central1",
                    "usage_type": usage_type,
                    "instance_type": None,
                    "usage_quantity": str(amount),
                    "list_cost": str(Decimal(LIST[usage_type]) * Decimal(str(amount))),
                }
                | known
            )
            for at, amount in enumerate(amounts)
            if amount
        ]

    return build


@pytest.fixture
def market(records_of: Callable[[Sequence[Record]], HourlyRecords]) -> Market:
    def build(
        rows: Sequence[Record],
        units: Sequence[ReservationOffer] = (),
        rates: Sequence[SavingsPlanRate] = (),
        commitments: Sequence[Commitment] = (),
        until: datetime = UNTIL,
    ) -> Ahead:
        prices = StoredPrices("Google Cloud", PAYER, uuid4(), UNTIL, packed(rates), packed(units))
        records, family = records_of(rows), Family(PAYER, "USD")
        found = market_of(records, prices, family, commitments, SINCE, until)
        assert found is not None
        return found

    return build


def best(ahead: Ahead, **wanted: Any) -> Advised:  # noqa: ANN401 - what is wanted
    return solve(ahead, Wanted(days=31, **{"robust": False} | wanted))


def counts(advised: Advised) -> dict[str, int | Decimal]:
    return {
        each.offer.name: each.hourly_commitment if each.count is None else each.count
        for each in advised.outcome.bought
    }
