"""What is owned is not advised again, in whatever words and sizes the list and the bill have it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.recommendations.test_portfolio import PAYER, a_plan, a_rate
from tests.commitments.recommendations.test_what_is_known import (
    UNTIL,
    Usage,
    advised,
    bought,
    covered,
    usage,
)

from finops_commitments.inventory.domain import OVER, Commitment, Kind, Scope
from finops_commitments.inventory.listed import from_provider
from finops_commitments.recommendations.portfolios import Advised
from finops_common.contracts.ingestion import ListedCommitment

__all__ = ["advised", "covered", "usage"]
pytestmark = pytest.mark.req("COM-41", part="what is owned is not advised again")
Advise = Callable[..., Advised | None]
RI = "arn:aws:ec2:us-east-1:111111111111:reserved-instances/one"


def listed(**known: object) -> Commitment:
    facts: dict[str, Any] = {
        "id": RI,
        "kind": "reservation",
        "type": "EC2 RI",
        "owner_account_id": PAYER,
        "region": "us-east-1",
        "instance_type": "m5.large",
        "family": "m5",
        "platform": "Linux/UNIX",
        "tenancy": "default",
        "quantity": Decimal(10),
        "currency": "USD",
        "term_months": 12,
        "payment_option": "No Upfront",
        "starts_at": UNTIL - timedelta(days=100),
        "ends_at": UNTIL + timedelta(days=265),
        "state": "active",
    }
    return from_provider(ListedCommitment(**facts | known), PAYER)


def reserved(covered: Usage, **known: object) -> Sequence[dict[str, Any]]:
    return covered(
        **{"commitment_id": RI, "commitment_category": "Usage", "reservable": True} | known
    )


def test_a_listed_reservation_of_the_same_size(advised: Advise, covered: Usage) -> None:
    assert bought(advised(reserved(covered), a_rate("0.06"), owned=[listed()])) == {}


def test_a_listed_reservation_of_a_larger_size(advised: Advise, covered: Usage) -> None:
    # Ten m5.large an hour are 40 units: 1.25 m5.4xlarge; two are held.
    one = listed(instance_type="m5.4xlarge", quantity=Decimal(2))
    assert bought(advised(reserved(covered), a_rate("0.06"), owned=[one])) == {}


def test_a_listed_reservation_that_the_bill_does_not_show_yet(
    advised: Advise, usage: Usage
) -> None:
    one = listed(starts_at=UNTIL - timedelta(hours=5), ends_at=UNTIL + timedelta(days=364))
    assert bought(advised(usage(reservable=True), a_rate("0.06"), owned=[one])) == {}


def test_a_reservation_that_covered_other_usage_than_it_is_for_is_not_taken_for_capacity(
    advised: Advise, covered: Usage
) -> None:
    """Nobody knows then what it has left: what it covered stays covered until it ends."""
    other = {"usage_type": "BoxUsage:c5.large", "instance_type": "c5.large"}
    rows = [*reserved(covered), *reserved(covered, **other)]
    rates = a_rate("0.06"), a_rate("0.06", usage_type="BoxUsage:c5.large")

    assert bought(advised(rows, *rates, owned=[listed()])) == {}


def billed(**known: str | None) -> Commitment:
    scope: dict[str, str | None] = {
        "service": "AmazonEC2",
        "region": "us-east-1",
        "family": "m5",
        "instance_type": "m5.large",
    }
    return Commitment(
        id=RI,
        provider="AWS",
        kind=Kind.CAPACITY,
        payer_account_id=PAYER,
        currency="USD",
        quantity=Decimal(10),
        unit="Hours",
        scope=Scope(**scope | known),
    )


@pytest.mark.parametrize(
    ("platform", "operation"),
    [
        (None, "RunInstances"),
        ("Linux", "RunInstances"),
        ("RHEL", "RunInstances:0010"),
        ("SUSE", "RunInstances:000g"),
        ("Windows", "RunInstances:0002"),
        ("Windows", "RunInstances:0006"),
        (None, "RunInstances:0002"),
        ("RHEL", "RunInstances:1010"),
    ],
)
def test_a_reservation_of_the_bill_alone_whatever_its_fee_calls_the_system(
    advised: Advise, covered: Usage, platform: str | None, operation: str
) -> None:
    rows = reserved(covered, platform=platform, operation=operation)
    one = billed(platform=platform)
    rate = a_rate("0.06", operation=operation)
    assert bought(advised(rows, rate, owned=[one])) == {}


@pytest.mark.parametrize("engine", ["MySQL", "SQL Server"])
def test_a_reservation_of_databases_in_two_zones(
    advised: Advise, covered: Usage, engine: str
) -> None:
    rds = {
        "service": "AmazonRDS",
        "usage_type": "Multi-AZUsage:db.m5.large",
        "instance_type": "db.m5.large",
        "platform": engine,
        "compute_eligible": False,
        "operation": "CreateDBInstance:0002",
    }
    rows = reserved(covered, **rds)
    one = billed(service="AmazonRDS", instance_type="db.m5.large", platform=engine)
    rate = a_rate(
        "0.06",
        "Database",
        usage_type="Multi-AZUsage:db.m5.large",
        operation="CreateDBInstance:0002",
        service="AmazonRDS",
    )
    found = bought(advised(rows, rate, owned=[one]))
    assert found == {}


def test_a_plan_of_today_on_terms_that_are_offered_no_more(advised: Advise, usage: Usage) -> None:
    one = a_plan(
        term_years=3,
        payment_option="All Upfront",
        starts_at=UNTIL - timedelta(hours=3),
        ends_at=UNTIL + timedelta(days=1095),
    )
    assert bought(advised(usage(), a_rate("0.06"), owned=[one])) == {}


def test_a_plan_of_today_without_a_currency(advised: Advise, usage: Usage) -> None:
    one = a_plan(currency=None, starts_at=UNTIL - timedelta(hours=3))
    assert bought(advised(usage(), a_rate("0.06"), owned=[one])) == {}


TODAY = {"starts_at": UNTIL - timedelta(hours=3), "ends_at": UNTIL + timedelta(days=364)}
"""Bought after what the bill shows."""


@pytest.mark.parametrize("state", ["pending-payment", "exchanging", "pending-return", "unheard-of"])
def test_what_is_not_said_to_be_over_is_owned(advised: Advise, usage: Usage, state: str) -> None:
    """Redshift's words for a reservation, Savings Plans' for one on its way back, and any other."""
    reservation, plan = listed(state=state, **TODAY), a_plan(state=state, **TODAY)
    rows = usage(reservable=True)

    assert bought(advised(rows, a_rate("0.06"), owned=[reservation])) == {}
    assert bought(advised(rows, a_rate("0.06"), owned=[plan])) == {}


@pytest.mark.parametrize("state", sorted(OVER))
def test_what_is_over_before_its_end_is_not_owned(
    advised: Advise, usage: Usage, state: str
) -> None:
    rows = usage(reservable=True)

    assert bought(advised(rows, a_rate("0.06"), owned=[listed(state=state, **TODAY)]))
