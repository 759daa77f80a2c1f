"""Until when a purchase can be undone, by the rules of cloud-facts.md 1.4."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from finops_commitments.offers.domain import Kind
from finops_commitments.recommendations.dates import is_resellable, return_until

PLAN = Kind.COMPUTE_SAVINGS_PLAN


@pytest.mark.req("COM-40", part="return deadline: seven days, the month, 100 an hour")
@pytest.mark.parametrize(
    ("hourly", "bought", "until"),
    [
        ("100", datetime(2026, 11, 3, 12, tzinfo=UTC), datetime(2026, 11, 10, 12, tzinfo=UTC)),
        ("1", datetime(2026, 11, 28, 12, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        ("1", datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("100.00001", datetime(2026, 11, 3, tzinfo=UTC), None),
    ],
)
def test_a_small_plan_can_be_returned_for_a_week_of_its_month(
    hourly: str, bought: datetime, until: datetime | None
) -> None:
    assert return_until(PLAN, Decimal(hourly), bought) == until


@pytest.mark.req("COM-40", part="resale: reservations of EC2 only, which cannot be returned")
def test_only_reservations_of_ec2_can_be_sold_and_none_can_be_returned() -> None:
    reservation = Kind.RESERVED_INSTANCE

    assert is_resellable(reservation, "AmazonEC2")
    for service in ("AmazonRDS", "AmazonElastiCache", "AmazonES", "AmazonRedshift", None):
        assert not is_resellable(reservation, service)
    assert not is_resellable(PLAN, None)
    assert return_until(reservation, Decimal(1), datetime(2026, 11, 3, tzinfo=UTC)) is None
