"""Reservations of databases, caches, search and warehouses: each service lists them in its own words."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from tests.ingestion.offers.test_price_lists import ask, list_all
from tests.ingestion.reading import everything

from finops_common.contracts.ingestion import OFFERS, PriceList
from finops_common.contracts.ingestion_offers import ReservationOffer
from finops_common.testing.services import Running
from finops_ingestion.offers.nodes import LISTINGS, node_offer
from finops_sandbox.aws.served import ServedSimulator

__all__ = ["ask"]
Ask = Callable[..., Awaitable[httpx.Response]]

RDS, ELASTICACHE, OPENSEARCH, REDSHIFT, MEMORYDB = LISTINGS


@pytest.fixture
def listed(
    ingestion: Running, stack, topic_prefix, ask: Ask
) -> Callable[..., Awaitable[PriceList]]:
    """The newest price list of a payer."""

    async def read(payer: str) -> PriceList:
        await list_all(ingestion)
        records = await everything(stack.kafka_brokers, topic_prefix + OFFERS.name)
        (key,) = [r.key.decode() for r in records if payer.encode() in r.value]
        return PriceList.model_validate((await ask(key)).json())

    return read


def of(found: PriceList, instance_type: str, platform: str, **known: Any) -> list[ReservationOffer]:  # noqa: ANN401 - columns
    """The offers of a year in Virginia."""
    wanted = {
        "instance_type": instance_type,
        "platform": platform,
        "region": "us-east-1",
        **{"term_months": 12, "deployment": None} | known,
    }
    return [row for row in found.reservations if wanted.items() <= row.model_dump().items()]


@pytest.mark.req("COM-46", part="reservations of RDS, ElastiCache, OpenSearch, Redshift, MemoryDB")
async def test_what_every_service_has_on_offer_is_in_the_price_list(
    customer, simulator: ServedSimulator, listed
) -> None:
    await customer.registered()

    found = await listed(customer.payer)

    paid = {
        (each.service, each.payment_option): (each.upfront, each.recurring_hourly)
        for node in (
            *(("db.m5.large", "mysql"), ("cache.m5.large", "redis"), ("m5.large.search", "")),
            *(("ra3.xlplus", ""), ("db.r6g.large", "")),
        )
        for each in of(found, *node)
    }
    # A discount of 30, 33 and 34 %; ElastiCache sells none prepaid for a year.
    assert paid["AmazonRDS", "No Upfront"] == (Decimal(0), Decimal("0.1197"))
    assert paid["AmazonRDS", "All Upfront"] == (Decimal("988.65"), Decimal(0))
    assert paid["AmazonElastiCache", "No Upfront"] == (Decimal(0), Decimal("0.106"))
    assert paid["AmazonElastiCache", "Partial Upfront"] == (
        Decimal("445.38"),
        Decimal("0.05084246575342466"),
    )
    assert ("AmazonElastiCache", "All Upfront") not in paid
    assert paid["AmazonES", "No Upfront"] == (Decimal(0), Decimal("0.0994"))
    assert paid["AmazonES", "Partial Upfront"] == (Decimal("416.71"), Decimal("0.04757"))
    assert paid["AmazonRedshift", "All Upfront"] == (Decimal("6278.82"), Decimal(0))
    assert paid["AmazonMemoryDB", "No Upfront"] == (Decimal(0), Decimal("0.2163"))
    both = of(found, "db.m5.large", "mysql", deployment="multi_az", payment_option="No Upfront")
    assert [each.recurring_hourly for each in both] == [Decimal("0.2394")]
    assert [each.service for each in of(found, "db.m5.large", "oracle-se2(li)")] == [
        "AmazonRDS"
    ] * 3
    # Of a service's hundreds of rows a page has a hundred.
    caches = [row for row in found.reservations if row.service == "AmazonElastiCache"]
    assert {row.region for row in caches} == {"us-east-1", "eu-west-1", "ap-northeast-2"}
    assert {row.instance_type.split(".")[1] for row in caches} == {"m5", "r6g", "r7g", "t4g"}
    assert {row.currency for row in found.reservations} == {"USD"}


@pytest.mark.req("COM-46", part="a service that is closed leaves the others")
async def test_a_service_that_the_role_may_not_ask_leaves_the_others(customer, listed) -> None:
    template = await customer.template()
    template = template.replace("rds:DescribeReservedDBInstancesOfferings", "rds:DescribeEvents")
    await customer.run(template)
    await customer.register()

    found = await listed(customer.payer)

    services = {row.service for row in found.reservations}
    assert services == {each.service for each in LISTINGS} - {"AmazonRDS"} | {"AmazonEC2"}


def test_an_old_reservation_costs_what_each_hour_of_it_does() -> None:
    described = {
        "NodeType": "dc2.large",
        "Duration": 94_608_000,
        "OfferingType": "Heavy Utilization",
        "FixedPrice": 10.5,
        "UsagePrice": 0.02,
        "CurrencyCode": "USD",
        "RecurringCharges": [
            {"RecurringChargeAmount": 0.1, "RecurringChargeFrequency": "Hourly"},
            {"RecurringChargeAmount": 9.0, "RecurringChargeFrequency": "Monthly"},
        ],
    }

    offer = node_offer(REDSHIFT, "us-east-1", described)

    assert [offer.recurring_hourly, offer.upfront] == [Decimal("0.12"), Decimal("10.5")]
    assert [offer.term_months, offer.payment_option] == [36, "Heavy Utilization"]
