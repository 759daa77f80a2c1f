"""Commitments of Azure and Google Cloud as their bills show them: worked cases."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.billed import commitments_in_bill
from finops_commitments.inventory.domain import Commitment, Kind, Source
from finops_commitments.remaining.domain import amortised_an_hour

Record = dict[str, Any]
ARecord = Callable[..., Record]
RecordsOf = Callable[[Sequence[Record]], HourlyRecords]

RESERVATION = "/providers/Microsoft.Capacity/reservationOrders/1/reservations/2"
CUD = "projects/shop-1/regions/asia-northeast3/commitments/c-1"


def only(found: Sequence[Commitment]) -> Commitment:
    (commitment,) = found
    return commitment


@pytest.fixture
def azure_day(a_record: ARecord) -> ARecord:
    """A day of a commitment as the amortised view has it."""

    def build(day: int, **values: object) -> Record:
        return a_record(
            provider="Microsoft",
            service="Virtual Machines",
            hour=datetime(2026, 10, day, tzinfo=UTC),
            charge_span="day",
            pricing_category="Committed",
            **values,
        )

    return build


def reserved(status: str, hours: str, cost: str = "1") -> Record:
    return {
        "commitment_id": RESERVATION,
        "commitment_type": "Reservation",
        "commitment_category": "Usage",
        "commitment_unit": "Hours",
        "commitment_status": status,
        "commitment_quantity": hours,
        "effective_cost": cost,
    }


@pytest.fixture
def fee(a_record: ARecord) -> ARecord:
    """An hour's fee of a resource commitment."""

    def build(quantity: str, cost: str, **values: object) -> Record:
        return a_record(
            **{
                "provider": "Google Cloud",
                "service": "Compute Engine",
                "charge_category": "Purchase",
                "pricing_category": None,
                "commitment_id": CUD,
                "commitment_type": "Resource-based CUD",
                "commitment_category": "Usage",
                "commitment_unit": "hour",
                "commitment_quantity": quantity,
                "billed_cost": cost,
                **values,
            }
        )

    return build


@pytest.mark.req("COM-1", part="Azure, as the amortised bill shows it")
def test_a_reservation_of_azure_is_as_large_as_its_used_and_unused_hours_of_a_day(
    records_of: RecordsOf, azure_day: ARecord
) -> None:
    begun = [azure_day(5, **reserved("Used", "11"))]
    whole = [azure_day(6, **reserved("Used", "40")), azure_day(6, **reserved("Unused", "8"))]
    shared = [
        azure_day(7, account_id="sub-1", **reserved("Used", "24")),
        azure_day(7, account_id="sub-2", **reserved("Used", "24")),
    ]
    records = records_of([*begun, *whole, *shared])

    found = only(commitments_in_bill(records))

    assert (found.kind, found.provider, found.type) == (Kind.CAPACITY, "Microsoft", "Reservation")
    assert [found.quantity, found.unit] == [2, "Hours"]
    assert found.sources["quantity"] is Source.BILL
    assert [found.hourly_amount, found.upfront, found.recurring_hourly] == [None, None, None]


@pytest.mark.req("COM-1", part="Azure, as the amortised bill shows it")
def test_a_savings_plan_of_azure_is_as_large_as_its_money_of_a_day(
    records_of: RecordsOf, azure_day: ARecord
) -> None:
    plan = {
        "commitment_id": "/providers/Microsoft.BillingBenefits/savingsPlanOrders/1/savingsPlans/2",
        "commitment_type": "Savings Plan",
        "commitment_category": "Spend",
        "commitment_unit": "USD",
    }
    used = reserved("Used", "9", "9") | plan
    unused = reserved("Unused", "3", "3") | plan

    found = only(commitments_in_bill(records_of([azure_day(6, **used), azure_day(6, **unused)])))

    assert found.kind is Kind.SPEND
    assert [found.hourly_amount, found.quantity] == [Decimal("0.5"), None]


def test_the_actual_view_which_shows_use_alone_tells_no_amount(
    records_of: RecordsOf, azure_day: ARecord
) -> None:
    found = only(commitments_in_bill(records_of([azure_day(6, **reserved("Used", "40", "0"))])))

    assert found.quantity is None
    assert "quantity" not in found.sources


@pytest.mark.req("COM-1", part="Google Cloud, as the bill shows it")
def test_fees_of_one_hour_on_several_lines_are_one_commitment(
    records_of: RecordsOf, fee: ARecord
) -> None:
    records = records_of(
        [fee("5", "0.6", sku_id="one"), fee("3", "0.4", sku_id="two")],
    )

    found = only(commitments_in_bill(records))

    assert [found.quantity, found.unit, found.recurring_hourly] == [8, "hour", 1]
    assert found.owner_account_id == "shop-1"


@pytest.mark.req("COM-1", part="Google Cloud, as the bill shows it")
def test_cores_and_memory_of_one_commitment_are_not_added_up(
    records_of: RecordsOf, fee: ARecord
) -> None:
    memory = fee("16", "0.4", commitment_unit="gibibyte hour", usage_type="N2 Ram")

    found = only(commitments_in_bill(records_of([fee("4", "0.6"), memory])))

    assert [found.quantity, found.unit, found.recurring_hourly] == [None, None, 1]


SPENT = {
    "commitment_id": "flexible-1",
    "commitment_type": "Spend-based CUD",
    "commitment_category": "Spend",
    "commitment_unit": "USD",
}


@pytest.mark.req("COM-1", part="Google Cloud, flexible CUDs of the model of 2026")
def test_what_a_credit_takes_back_of_a_fee_is_committed_all_the_same(
    records_of: RecordsOf, fee: ARecord
) -> None:
    """100 at on-demand prices and 46 % off: 54 are committed and due, whoever used them."""
    all_used = fee("54", "0", charge_kind="commitment_fee", **SPENT)

    found = only(commitments_in_bill(records_of([all_used])))

    assert found.kind is Kind.SPEND
    assert [found.hourly_amount, found.recurring_hourly, found.upfront] == [54, 54, None]
    assert amortised_an_hour(found) == 54


@pytest.mark.req("COM-1", part="Google Cloud, spend-based CUDs of the model before 2026")
def test_a_commitment_at_list_prices_costs_its_lower_fee(
    records_of: RecordsOf, fee: ARecord
) -> None:
    listed = fee("100", "54", charge_kind="unspread_commitment_fee", **SPENT)

    found = only(commitments_in_bill(records_of([listed])))

    assert [found.hourly_amount, found.recurring_hourly] == [100, 54]
    assert amortised_an_hour(found) == 54
