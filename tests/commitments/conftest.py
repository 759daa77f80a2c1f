"""Builders of hourly records, and commitments running over real PostgreSQL and Kafka."""

import csv
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from tests.commitments.service import (
    ATenant,
    Ingestion,
    Source,
    Tenant,
    Topics,
    an_ingestion,
    arrow,
)

from finops_commitments.figures.records import HourlyRecords
from finops_common.contracts.cost_records import COLUMNS
from finops_common.db.transaction import Database
from finops_common.events.relay import kafka_producer
from finops_common.testing.databases import Databases
from finops_common.testing.services import House, Running
from finops_sandbox.stack import Stack
from finops_sandbox.visitor import Visitor

GOLDEN = Path(__file__).parents[1] / "data" / "aws-cur" / "golden"

Record = dict[str, Any]
ARecord = Callable[..., Record]
RecordsOf = Callable[[Sequence[Record]], HourlyRecords]

_ARROW_TYPES = {
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "text": pa.string(),
    "decimal": pa.decimal128(38, 12),
    "count": pa.int64(),
}
_MEANINGLESS = {
    "hour": datetime(2026, 10, 1, 1, tzinfo=UTC),
    "charge_span": "hour",
    "billing_period": date(2026, 10, 1),
    "provider": "AWS",
    "payer_account_id": "111111111111",
    "account_id": "111111111111",
    "service": "AmazonEC2",
    "region": "us-east-1",
    "usage_type": "BoxUsage:m5.large",
    "instance_type": "m5.large",
    "charge_category": "Usage",
    "pricing_category": "Standard",
    "currency": "USD",
    "lines": 1,
    "lines_without_list_cost": 0,
}


@pytest.fixture(scope="session")
async def ingestion() -> AsyncIterator[Ingestion]:
    """A stand-in that answers for price lists and cost groups."""
    async with an_ingestion() as standing_in:
        yield standing_in


@pytest.fixture(scope="session")
async def own_house(
    people: House,
    stack: Stack,
    databases: Databases,
    keys: dict[str, str],
    topic_prefix: str,
    ingestion: Ingestion,
) -> AsyncIterator[House]:
    """Topics of our own, so that no real ingestion is mixed in; identity and org-rbac are shared."""
    house = House(
        stack,
        databases,
        keys,
        f"{topic_prefix}commitments.",
        FINOPS_IDENTITY_URL=people.url("identity"),
        FINOPS_ORG_RBAC_URL=people.url("org-rbac"),
        FINOPS_INGESTION_URL=ingestion.url,
    )
    yield house
    await house.stop()


@pytest.fixture(scope="session")
async def commitments(own_house: House) -> Running:
    from finops_commitments.main import SERVICE  # noqa: PLC0415 - as tests/conftest.py does

    return await own_house.start(SERVICE)


@pytest.fixture(scope="session")
def database(commitments: Running) -> Database:
    """The database under the service's own role."""
    return commitments.database


@pytest.fixture(scope="session")
async def topics(commitments: Running, stack: Stack, topic_prefix: str) -> AsyncIterator[Topics]:
    producer = kafka_producer(stack.kafka_brokers or "")
    await producer.start()
    yield Topics(producer, stack.kafka_brokers or "", f"{topic_prefix}commitments.")
    await producer.stop()


@pytest.fixture
def a_tenant(commitments: Running, people: House, stack: Stack) -> ATenant:
    """Makes them."""

    def base(service: str) -> str:
        return commitments.url if service == "commitments" else people.url(service)

    async def make() -> Tenant:
        owner = await Visitor(base, people.http, stack.mail_url or "").arrive()
        company = await owner.found_company()
        organization = await owner.open_organization(company)
        return Tenant(owner, company, organization, Source(UUID(company)))

    return make


@pytest.fixture(scope="session")
def a_record() -> ARecord:
    """One hour of on-demand EC2; costs and the rest by name, as text where decimal."""

    def build(**values: object) -> Record:
        record: Record = {column.name: None for column in COLUMNS} | _MEANINGLESS | values
        for column in COLUMNS:
            if column.kind == "decimal" and record[column.name] is not None:
                record[column.name] = Decimal(record[column.name])
        for cost in ("billed_cost", "effective_cost"):
            record[cost] = record[cost] or Decimal(0)
        return record

    return build


@pytest.fixture(scope="session")
def table_of() -> Callable[[Sequence[Record]], pa.Table]:
    """The records as an Arrow table of the contract's types."""
    schema = pa.schema([(column.name, _ARROW_TYPES[column.kind]) for column in COLUMNS])
    return lambda rows: pa.Table.from_pylist(list(rows), schema=schema)


@pytest.fixture(scope="session")
def part_of(table_of: Callable[[Sequence[Record]], pa.Table]) -> Callable[..., bytes]:
    """The records as one part on the topic."""
    return lambda *rows: arrow(table_of(rows))


@pytest.fixture
def records_of(table_of: Callable[[Sequence[Record]], pa.Table]) -> Iterator[RecordsOf]:
    """The records as the figures read them; closed after the test."""
    opened: list[HourlyRecords] = []

    def build(rows: Sequence[Record]) -> HourlyRecords:
        opened.append(HourlyRecords.from_arrow(table_of(rows)))
        return opened[-1]

    yield build
    for records in opened:
        records.close()


@pytest.fixture(scope="session")
def golden_expected() -> list[dict[str, Any]]:
    """The figures of the golden bill, one mapping a payer and hour."""
    text = (GOLDEN / "golden-1-expected.json").read_text()
    return list(json.loads(text, parse_float=Decimal, parse_int=Decimal)["scenarios"])


@pytest.fixture(scope="session")
def golden_rows(a_record: ARecord) -> list[Record]:
    """The golden legacy bill as hourly records, one a line, fees split as the contract says."""
    with (GOLDEN / "golden-1-legacy-cur.csv").open(newline="") as file:
        return [row for line in csv.DictReader(file) for row in _golden_rows(a_record, line)]


def _golden_rows(a_record: ARecord, line: Mapping[str, str]) -> list[Record]:
    common = _common(line)
    made = _LINES[line["lineItem/LineItemType"]](line)
    return [a_record(**common | values) for values in made]


def _common(line: Mapping[str, str]) -> Record:
    return {
        "hour": datetime.fromisoformat(line["lineItem/UsageStartDate"]),
        "payer_account_id": line["bill/PayerAccountId"],
        "account_id": line["lineItem/UsageAccountId"],
        "service": line["lineItem/ProductCode"],
        "region": line["product/region"] or None,
        "usage_type": line["lineItem/UsageType"],
        "operation": line["lineItem/Operation"] or None,
        "instance_type": line["product/instanceType"] or None,
        "charge_kind": line["lineItem/LineItemType"],
    }


def _plan(line: Mapping[str, str]) -> Record:
    return {
        "commitment_id": line["savingsPlan/SavingsPlanARN"],
        "commitment_type": line["savingsPlan/OfferingType"],
        "commitment_category": "Spend",
        "commitment_unit": "USD",
    }


def _reservation(line: Mapping[str, str]) -> Record:
    return {
        "commitment_id": line["reservation/ReservationARN"],
        "commitment_type": "Reserved Instance",
        "commitment_category": "Usage",
        "commitment_unit": "Hours",
    }


def _used(line: Mapping[str, str], quantity: str, paid: str) -> Record:
    price = line["pricing/publicOnDemandCost"]
    prices = {"list_cost": price, "contracted_cost": price, "effective_cost": paid}
    status = {"pricing_category": "Committed", "commitment_status": "Used"}
    usage = {"usage_quantity": line["lineItem/UsageAmount"], "commitment_quantity": quantity}
    return prices | status | usage


def _unused(quantity: str | Decimal, paid: str | Decimal) -> Record:
    return {
        "pricing_category": "Committed",
        "commitment_status": "Unused",
        "lines": 0,  # the line counts with its fee
        "commitment_quantity": quantity,
        "effective_cost": paid,
    }


def _bought(line: Mapping[str, str], quantity: str | None = None) -> Record:
    return {
        "charge_category": "Purchase",
        "pricing_category": None,
        "billed_cost": line["lineItem/UnblendedCost"],
        "commitment_quantity": quantity,
    }


def _usage(line: Mapping[str, str]) -> list[Record]:
    cost = line["lineItem/UnblendedCost"]
    paid = {"contracted_cost": cost, "billed_cost": cost, "effective_cost": cost}
    price = {"list_cost": line["pricing/publicOnDemandCost"]}
    return [paid | price | {"usage_quantity": line["lineItem/UsageAmount"]}]


def _plan_usage(line: Mapping[str, str]) -> list[Record]:
    paid = line["savingsPlan/SavingsPlanEffectiveCost"]
    return [_plan(line) | _used(line, paid, paid)]


def _plan_fee(line: Mapping[str, str]) -> list[Record]:
    total = line["savingsPlan/TotalCommitmentToDate"]
    left = Decimal(total) - Decimal(line["savingsPlan/UsedCommitment"])
    unused = [_plan(line) | _unused(left, left)] if left else []
    return [_plan(line) | _bought(line, total), *unused]


def _plan_upfront(line: Mapping[str, str]) -> list[Record]:
    return [_plan(line) | _bought(line) | {"charge_span": "term"}]


def _reserved_usage(line: Mapping[str, str]) -> list[Record]:
    used = _used(line, line["lineItem/UsageAmount"], line["reservation/EffectiveCost"])
    return [_reservation(line) | used]


def _reservation_fee(line: Mapping[str, str]) -> list[Record]:
    unused = _unused(line["reservation/UnusedQuantity"], line["reservation/UnusedRecurringFee"])
    month = _reservation(line) | {"charge_span": "month"}
    return [month | _bought(line, line["lineItem/UsageAmount"]), month | unused]


_LINES: dict[str, Callable[[Mapping[str, str]], list[Record]]] = {
    "Usage": _usage,
    "SavingsPlanCoveredUsage": _plan_usage,
    "SavingsPlanNegation": lambda _: [],
    "SavingsPlanRecurringFee": _plan_fee,
    "SavingsPlanUpfrontFee": _plan_upfront,
    "DiscountedUsage": _reserved_usage,
    "RIFee": _reservation_fee,
}
