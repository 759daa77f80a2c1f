"""Price lists: read with the payer's session, dated, announced, handed to who was told."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from uuid import uuid4

import httpx
import pytest
from tests.ingestion.reading import everything

from finops_common.contracts.ingestion import OFFERS, PriceList
from finops_common.testing.services import Running
from finops_sandbox.aws.served import ServedSimulator

Ask = Callable[..., Awaitable[httpx.Response]]


async def list_all(ingestion: Running) -> None:
    while await ingestion.server.config.app.state.wiring.offers.list_next():
        pass


@pytest.fixture
def ask(ingestion: Running, people, service_token) -> Ask:
    async def get(price_list_id: object, bearer: str | None = None) -> httpx.Response:
        token = bearer or service_token("commitments", "ingestion")
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{ingestion.url}/internal/offers/{price_list_id}"
        return await people.http.get(url, headers=headers)

    return get


@pytest.mark.req("COM-46", part="rates that exist come from the provider, dated")
async def test_the_rates_on_offer_are_announced_and_handed_out(
    customer, ingestion: Running, simulator: ServedSimulator, stack, topic_prefix, told, ask
) -> None:
    await customer.registered()

    await list_all(ingestion)

    records = await everything(stack.kafka_brokers, topic_prefix + OFFERS.name)
    (key,) = [r.key.decode() for r in records if customer.payer.encode() in r.value]
    (message,) = await told(OFFERS, key, 1)
    found = PriceList.model_validate((await ask(key)).json())
    assert str(found.price_list_id) == key
    assert found.listed_at == message.data.listed_at
    assert len(found.rows) + len(found.reservations) == message.data.rows
    assert {row.plan_type for row in found.rows} == {
        "ComputeSavingsPlans",
        "EC2InstanceSavingsPlans",
    }
    assert {row.term_months for row in found.rows} == {12, 36}
    assert {row.payment_option for row in found.rows} == {
        "No Upfront",
        "Partial Upfront",
        "All Upfront",
    }
    m5 = {
        row.plan_type: str(row.rate)
        for row in found.rows
        if (row.usage_type, row.region) == ("BoxUsage:m5.large", "us-east-1")
        and (row.operation, row.term_months) == ("RunInstances", 12)
        and row.payment_option == "No Upfront"
    }
    assert m5 == {"ComputeSavingsPlans": "0.071", "EC2InstanceSavingsPlans": "0.061"}
    (reserved,) = [
        row
        for row in found.reservations
        if (row.instance_type, row.region, row.platform) == ("m5.large", "us-east-1", "Linux/UNIX")
        and (row.term_months, row.payment_option) == (12, "Partial Upfront")
    ]
    # Half of 0.058224 an hour, for 8,760 hours.
    assert [reserved.upfront, reserved.recurring_hourly] == [
        Decimal("255.02112"),
        Decimal("0.029112"),
    ]
    assert {row.region for row in found.reservations} == {
        *("us-east-1", "eu-west-1", "ap-northeast-2"),
    }
    platforms = {row.platform for row in found.reservations if row.service == "AmazonEC2"}
    assert platforms == {"Linux/UNIX", "Windows"}


@pytest.mark.req("COM-46", part="what the role may not list is missing from the list, no more")
async def test_reservations_of_a_role_that_may_not_list_them_are_missing(
    customer, ingestion: Running, stack, topic_prefix, ask
) -> None:
    template = await customer.template()
    for granted in ("ec2:DescribeReservedInstancesOfferings", "ec2:Describe*"):
        template = template.replace(granted, "ec2:DescribeRegions")
    await customer.run(template)
    await customer.register()

    await list_all(ingestion)

    records = await everything(stack.kafka_brokers, topic_prefix + OFFERS.name)
    (key,) = [r.key.decode() for r in records if customer.payer.encode() in r.value]
    found = PriceList.model_validate((await ask(key)).json())
    assert {row.service for row in found.reservations} == {
        *("AmazonRDS", "AmazonElastiCache", "AmazonES", "AmazonRedshift", "AmazonMemoryDB"),
    }
    assert found.rows


async def test_a_list_that_is_not_there_is_not_found(ask) -> None:
    assert (await ask(uuid4())).status_code == 404


async def test_only_services_read_price_lists(ask, customer) -> None:
    assert (await ask(uuid4(), customer.owner.token)).status_code == 401
