"""Which commitments should have stood in a provider's list, and which in the bill."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from finops_commitments.findings.domain import in_one_only
from finops_commitments.inventory.domain import Commitment

NOW = datetime(2026, 11, 1, tzinfo=UTC)
EC2 = "arn:aws:ec2:us-east-1:1:reserved-instances/1"
PLAN = "arn:aws:savingsplans::1:savingsplan/1"
RDS = "arn:aws:rds:us-east-1:1:ri:1"
AZURE = "/providers/Microsoft.Capacity/reservationOrders/1/reservations/1"
CUD, OTHER_CUD = str(uuid4()), str(uuid4())
CREDITS = "Committed use discount: CPU"


def found(listed: Sequence[Commitment], billed: Sequence[Commitment]) -> set[tuple[str, str]]:
    differences = in_one_only(listed, billed, NOW - timedelta(days=30), NOW)
    return {(each.kind, each.subject) for each in differences}


def of(provider: str, *names: str, payer: str = "1") -> list[Commitment]:
    return [Commitment(name, provider, payer_account_id=payer) for name in names]


@pytest.mark.req("COM-2", part="where the provider's lists may not be read, nothing is missing")
def test_what_stands_in_no_list_that_is_read_is_not_missing_there() -> None:
    assert found(of("AWS", PLAN), of("AWS", PLAN, EC2, RDS)) == {("unlisted", EC2)}
    assert found(of("AWS", RDS), of("AWS", PLAN)) == set()
    assert found(of("AWS", RDS), of("AWS", RDS.replace("ri:1", "ri:2"))) == {
        ("unbilled", RDS),
        ("unlisted", RDS.replace("ri:1", "ri:2")),
    }
    assert found(of("AWS", PLAN), of("AWS", EC2, payer="2")) == set()


@pytest.mark.req("COM-2", part="missing on either side is a finding")
def test_of_google_cloud_only_what_bills_name_by_subscription_is_compared() -> None:
    listed = of("Google Cloud", CUD)

    assert found(listed, of("Google Cloud", CREDITS)) == set()
    assert found(listed, of("Google Cloud", OTHER_CUD, CREDITS)) == {
        ("unbilled", CUD),
        ("unlisted", OTHER_CUD),
    }


@pytest.mark.req("COM-2", part="missing on either side is a finding")
def test_azure_has_one_list() -> None:
    plan = "/providers/Microsoft.BillingBenefits/savingsPlanOrders/1/savingsPlans/1"

    assert found(of("Microsoft", plan), of("Microsoft", plan, AZURE)) == {("unlisted", AZURE)}
