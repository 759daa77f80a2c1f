"""Which of the orders AWS leaves open is found again from hourly records, or is not known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from tests.commitments.conftest import ARecord, Record, RecordsOf
from tests.commitments.inventory.test_over_http import a_plan, a_snapshot
from tests.commitments.service import ATenant, Source, Topics, until

from finops_commitments.agreement.domain import Agreement, agreements
from finops_commitments.simulation.aws import (
    Orders,
    PayerFamily,
    PlanType,
    SavingsPlan,
    UsageLine,
)
from finops_commitments.simulation.aws_order import order_of
from finops_commitments.simulation.inference import CANDIDATES
from finops_commitments.simulation.instances import instance_named

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
LAST_YEAR, SUMMER = datetime(2025, 10, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
MINE, THEIRS = "111111111111", "222222222222"
HOURS = 48
WEB = UsageLine(
    MINE,
    "web",
    instance_named("AmazonEC2", "us-east-1", None, "m5", "large", None, None),
    Decimal("0.1"),
    {"compute": Decimal("0.06"), "ec2_instance": Decimal("0.05")},
)
USAGE = np.array([[float(1 + hour % 9) for hour in range(HOURS)]])
AMOUNT = 0.12


@dataclass(frozen=True)
class Bought:
    """A plan of 0.12 an hour; what began before October is told by lists alone."""

    name: str
    began: datetime
    account: str = MINE
    type: PlanType = PlanType.COMPUTE

    @property
    def id(self) -> str:
        return f"arn:aws:savingsplans::{self.account}:savingsplan/{self.name}"

    @property
    def plan(self) -> SavingsPlan:
        kind = self.type
        alone = kind is PlanType.EC2_INSTANCE
        region, family = ("us-east-1", "m5") if alone else (None, None)
        return SavingsPlan(self.id, self.account, kind, kind.value, region, family, self.began)


OLD, NEW = Bought("b-old", LAST_YEAR), Bought("a-new", SUMMER)
RENAMED = Bought("a-old", LAST_YEAR), Bought("b-new", SUMMER)
SHARED = Bought("theirs", LAST_YEAR, THEIRS, PlanType.EC2_INSTANCE)
IN_OCTOBER = Bought("a-october", OCTOBER + timedelta(hours=7))


def rendered(a_record: ARecord, bought: Sequence[Bought], orders: Orders) -> list[Record]:
    """The month's first days as a bill under these orders shows them."""
    family = PayerFamily([WEB], plans=[each.plan for each in bought], orders=orders)
    began = [max(0, (each.began - OCTOBER) // timedelta(hours=1)) for each in bought]
    held = np.array([[AMOUNT * (hour >= since) for hour in range(HOURS)] for since in began])
    filled = order_of(family).apply(USAGE, held, shares=True)
    assert filled.shares is not None
    rows = []
    for hour in range(HOURS):
        at = {"hour": OCTOBER + timedelta(hours=hour)}
        rows.append(a_record(**at, **used(MINE, filled.left[0, hour])))
        for of, each in enumerate(bought):
            if not held[of, hour]:
                continue
            own, quantity = named(each), filled.shares[of, 0, hour]
            rows.append(a_record(**at, **own, **unused(each, AMOUNT - filled.used[of, hour])))
            rows.append(a_record(**at, **own, **fee(each)))
            if quantity:
                paid = quantity * float(WEB.rates[each.type.value])
                status = {"commitment_status": "Used", "pricing_category": "Committed"}
                rows.append(a_record(**at, **own, **status, **used(MINE, quantity), **cost(paid)))
    return rows


def used(account: str, quantity: float) -> Record:
    money = {"list_cost": number(quantity / 10), "usage_quantity": number(quantity)}
    return {"account_id": account, "family": "m5", "size": "large", **money}


def unused(each: Bought, left: float) -> Record:
    status = {"commitment_status": "Unused", "pricing_category": "Committed", "usage_type": None}
    return {"account_id": each.account, **status, **cost(left)}


def fee(each: Bought) -> Record:
    bought = {"charge_category": "Purchase", "pricing_category": None}
    meter = {"usage_type": f"{each.type.value}:1yrNoUpfront"}
    return {"account_id": each.account, **bought, **meter, "commitment_quantity": number(AMOUNT)}


def named(each: Bought) -> Record:
    types = {PlanType.COMPUTE: "ComputeSavingsPlans"}
    return {
        "commitment_id": each.id,
        "commitment_type": types.get(each.type, "EC2InstanceSavingsPlans"),
        "commitment_category": "Spend",
        "commitment_unit": "USD",
    }


def cost(money: float) -> Record:
    return {"commitment_quantity": number(money), "effective_cost": Decimal(number(money))}


def number(value: float) -> str:
    return f"{value:.12f}"


def found(
    records_of: RecordsOf, rows: Sequence[Record], starts: Mapping[str, datetime] | None = None
) -> Agreement:
    (agreement,) = agreements(records_of(rows), OCTOBER, starts or {}).values()
    return agreement


def listed(*bought: Bought) -> dict[str, Any]:
    return {each.id: each.began for each in bought}


@pytest.mark.req("COM-10", part="the open orders, inferred from hourly records")
@pytest.mark.req("COM-12", part="simulated under the orders that the bill shows")
@pytest.mark.parametrize("mine", [(OLD, NEW), RENAMED])
@pytest.mark.parametrize("orders", CANDIDATES)
def test_each_order_is_found_again_and_the_month_simulated_under_it(
    orders: Orders, mine: tuple[Bought, Bought], a_record: ARecord, records_of: RecordsOf
) -> None:
    bought = (*mine, SHARED)

    agreement = found(records_of, rendered(a_record, bought, orders), listed(*bought))

    assert agreement.inferred.shared_instance_plans_first is orders.shared_instance_plans_first
    assert agreement.inferred.newest_first is orders.newest_first
    assert agreement.used_commitment.billed > 5
    assert agreement.used_commitment.percent < 0.1
    assert agreement.on_demand.percent < 0.1
    assert agreement.causes == ()


@pytest.mark.req("COM-10", part="the open orders: what was bought in the month shows its age")
@pytest.mark.parametrize("orders", CANDIDATES)
def test_a_plan_that_begins_in_the_month_shows_the_order_without_any_list(
    orders: Orders, a_record: ARecord, records_of: RecordsOf
) -> None:
    agreement = found(records_of, rendered(a_record, (OLD, IN_OCTOBER, SHARED), orders))

    assert agreement.inferred.newest_first is orders.newest_first
    assert agreement.inferred.shared_instance_plans_first is orders.shared_instance_plans_first
    assert agreement.causes == ()


@pytest.mark.req("COM-10", part="the open orders are unknown where records cannot tell")
@pytest.mark.parametrize("mine", [(OLD, NEW), RENAMED])
@pytest.mark.parametrize("orders", CANDIDATES)
def test_of_plans_whose_age_nobody_tells_the_order_is_not_known(
    orders: Orders, mine: tuple[Bought, Bought], a_record: ARecord, records_of: RecordsOf
) -> None:
    rows = rendered(a_record, (*mine, SHARED), orders)

    for starts in ({}, listed(mine[0], SHARED)):
        agreement = found(records_of, rows, starts)

        assert agreement.inferred.newest_first is None
        assert agreement.inferred.shared_instance_plans_first is orders.shared_instance_plans_first
        assert agreement.used_commitment.percent < 0.1


@pytest.mark.req("COM-10", part="the open orders are unknown where records cannot tell")
def test_where_nothing_hangs_on_an_order_neither_is_known(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    agreement = found(records_of, rendered(a_record, (OLD,), Orders()), listed(OLD))

    assert agreement.inferred.shared_instance_plans_first is None
    assert agreement.inferred.newest_first is None


@pytest.mark.req("COM-12", part="the ages of commitments as the provider lists them")
async def test_the_ages_that_the_provider_lists_tell_the_order(
    a_tenant: ATenant, topics: Topics, a_record: ARecord, part_of: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    orders = Orders(newest_first=True)
    part = part_of(*rendered(a_record, (OLD, NEW), orders))
    source = Source(tenant.source.company_id, tenant.source.id, OCTOBER.date())
    as_of = OCTOBER + timedelta(days=35)
    listed = [a_plan(each.name, starts_at=each.began) for each in (OLD, NEW)]
    await topics.send(*a_snapshot(tenant, listed))
    await topics.send(*source.revision(1, {tenant.id: [part]}, as_of=as_of, finality="closed"))

    async def there() -> Any:  # noqa: ANN401 - JSON
        answer = await tenant.get("agreement?month=2026-10")
        found = [each["orders"] for each in answer["items"]]
        known = found and found[0]["newest_of_equal_commitments_first"] is not None
        return answer["items"] if known else None

    (item,) = await until(there)

    assert item["orders"]["newest_of_equal_commitments_first"] is True
    assert [item["agrees"], item["causes"]] == [True, []]
