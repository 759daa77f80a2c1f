"""Commitments as Azure lists them, and as Google Cloud exports them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from tests.ingestion.clouds import AzureCustomer, CloudCustomer, GoogleCustomer
from tests.ingestion.reading import Told

from finops_common.acting import Acting
from finops_common.contracts.ingestion import INVENTORY, ListedCommitment
from finops_common.db import scopes
from finops_common.testing.services import Running
from finops_ingestion.inventory.azure import reservation
from finops_ingestion.inventory.google import TABLE
from finops_ingestion.inventory.tables import inventory_listings
from finops_sandbox.azure.state import RESERVATIONS_READER, SAVINGS_PLAN_READER, Benefit
from finops_sandbox.gcp import Table

BEGAN, ENDS = "2026-02-03T04:05:06.789Z", "2029-02-03T04:05:06.789Z"


async def snapshot(
    customer: CloudCustomer, ingestion: Running, told: Told
) -> list[ListedCommitment]:
    """All that is listed of the customer's one source."""
    while await ingestion.server.config.app.state.wiring.inventory.list_next():
        pass
    (message,) = await told(INVENTORY, (await customer.source())["id"], 1)
    assert message.data.accounts == ()  # all of the payer's
    return sorted(message.data.commitments, key=lambda each: each.id)


def a_reservation(subscription: str, **about: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    order, name = uuid4(), str(uuid4()).upper()
    return {
        "id": f"/providers/microsoft.capacity/reservationOrders/{order}/reservations/{name}",
        "location": "koreacentral",
        "sku": {"name": "Standard_D4s_v5"},
        "properties": {
            "quantity": 3,
            "term": "P3Y",
            "billingPlan": "Monthly",
            "billingScopeId": f"/subscriptions/{subscription.upper()}",
            "benefitStartTime": BEGAN,
            "expiryDateTime": ENDS,
            "provisioningState": "Succeeded",
        }
        | about,
    }


def a_plan(customer: AzureCustomer, **about: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    path = "/providers/Microsoft.BillingBenefits/savingsPlanOrders"
    account = f"/providers/Microsoft.Billing/billingAccounts/{customer.billing.id}"
    return {
        "id": f"{path}/{uuid4()}/savingsPlans/{uuid4()}",
        "sku": {"name": "Compute_Savings_Plan"},
        "properties": {
            "commitment": {"amount": 1.205, "currencyCode": "USD", "grain": "Hourly"},
            "term": "P1Y",
            "billingAccountId": account,
            "billingScopeId": f"/subscriptions/{next(iter(customer.billing.subscriptions))}",
            "effectiveDateTime": BEGAN,
            "expiryDateTime": "2027-02-03T04:05:06.789Z",
            "provisioningState": "Succeeded",
        }
        | about,
    }


def hold(azure: AzureCustomer, *documents: dict[str, Any]) -> None:
    """Let the customer's directory hold these, and its application see them."""
    tenant = azure.app.tenant_id
    azure.app.roles |= {(RESERVATIONS_READER, tenant), (SAVINGS_PLAN_READER, tenant)}
    for each in documents:
        kept = azure.azure.state.savings_plans if "commitment" in each["properties"] else azure.azure.state.reservations  # fmt: skip
        kept.append(Benefit(tenant, each))


@pytest.mark.req("COM-1", part="Azure: what is bought counts before it is paid")
def test_what_is_bought_of_azure_and_not_paid_for_yet_is_listed() -> None:
    dates = {"benefitStartTime": None, "expiryDateTime": None, "purchaseDateTime": BEGAN}

    found = reservation(a_reservation("x", provisioningState="PendingBilling", **dates))

    bought = datetime.fromisoformat(BEGAN)
    assert [found.state, found.starts_at] == ["payment-pending", bought]
    assert found.ends_at == bought + timedelta(days=3 * 365)


@pytest.mark.req("COM-1", part="Azure, as its APIs list it")
@pytest.mark.req("COM-2", part="Azure: the provider's inventory")
async def test_azure_lists_reservations_and_savings_plans(
    azure: AzureCustomer, ingestion: Running, told: Told
) -> None:
    mine = next(iter(azure.billing.subscriptions))
    prepaid = a_plan(azure)
    monthly = a_plan(azure, billingPlan="P1M", provisioningState="Cancelled")
    reservations = [a_reservation(mine, provisioningState=each) for each in ("Succeeded", "Split", "Creating")]  # fmt: skip
    hold(azure, prepaid, monthly, *reservations)
    await azure.register(azure.body())

    listed = {each.id: each for each in await snapshot(azure, ingestion, told)}

    named = reservations[0]["id"].replace("microsoft.capacity", "Microsoft.Capacity")
    *path, name = named.split("/")
    reserved = listed["/".join([*path, name.lower()])]
    assert reserved.model_dump(exclude_none=True) == {
        "provider": "Microsoft",
        "id": reserved.id,
        "kind": "reservation",
        "type": "Reservation",
        "owner_account_id": mine,
        "region": "koreacentral",
        "instance_type": "Standard_D4s_v5",
        "quantity": Decimal(3),
        "term_months": 36,
        "payment_option": "Monthly",
        "starts_at": datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=UTC),
        "ends_at": datetime(2029, 2, 3, 4, 5, 6, 789000, tzinfo=UTC),
        "state": "active",
    }
    assert len(listed) == 5
    assert sorted(each.state for each in listed.values() if each.kind == "reservation") == [
        *("active", "payment-pending", "retired"),
    ]
    plan, other = listed[prepaid["id"]], listed[monthly["id"]]
    assert (plan.hourly_commitment, plan.currency) == (Decimal("1.205"), "USD")
    assert (plan.payment_option, plan.upfront) == ("Upfront", Decimal("10555.8"))
    assert (other.payment_option, other.upfront, other.recurring_hourly) == ("Monthly", 0, Decimal("1.205"))  # fmt: skip
    assert (plan.state, other.state) == ("active", "returned")


@pytest.mark.req("COM-2", part="Azure: the provider's inventory")
async def test_what_another_billing_account_pays_for_is_not_listed(
    azure: AzureCustomer, ingestion: Running, told: Told
) -> None:
    mine = a_reservation(next(iter(azure.billing.subscriptions)))
    elsewhere = "/providers/Microsoft.Billing/billingAccounts/7654321"
    hold(azure, mine, a_reservation(str(uuid4())), a_plan(azure, billingAccountId=elsewhere))
    await azure.register(azure.body())

    (listed,) = await snapshot(azure, ingestion, told)

    assert listed.id.endswith(mine["id"].rpartition("/")[2].lower())


@pytest.mark.req("COM-2", part="where the provider's lists may not be read, nothing is missing")
@pytest.mark.parametrize("cloud", ["azure", "google"])
async def test_a_list_that_may_not_be_read_is_no_empty_one(
    cloud: str, azure: AzureCustomer, google: GoogleCustomer, ingestion: Running, told: Told
) -> None:
    customer = azure if cloud == "azure" else google
    hidden = Benefit(azure.app.tenant_id, a_reservation(str(uuid4())))
    azure.azure.state.reservations.append(hidden)
    await customer.register(customer.body())

    while await ingestion.server.config.app.state.wiring.inventory.list_next():
        pass

    source = UUID((await customer.source())["id"])
    assert await told(INVENTORY, source) == []
    async with ingestion.database.transaction(Acting(scopes.SYSTEM)) as tx:
        listing = inventory_listings.c.billing_source_id == source
        assert await tx.all(select(inventory_listings).where(listing)) == []


def a_cud(billing: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "billing_account_id": billing,
        "cud_product": {"id": str(uuid4()), "display_name": "Flexible CUD", "type": "Spend-Based"},
        "subscription": {
            "instance_id": str(uuid4()),
            "entitlement_scope": f"billingAccounts/{billing}",
        },
        "region": "global",
        "commitent_amount": {"unit": "$/hr", "value": 54.5},
        "term": "P3Y",
        "start_time": "2026-02-03T04:05:06Z",
        "end_time": "2029-02-03 04:05:06 UTC",
        "state": "Active",
    } | values


@pytest.mark.req("COM-1", part="Google Cloud, spend-based CUDs as its export lists them")
@pytest.mark.req("COM-2", part="Google Cloud: the provider's inventory")
@pytest.mark.parametrize("partitioned", [True, False])
async def test_google_lists_spend_based_commitments_of_the_newest_day(
    partitioned: bool, google: GoogleCustomer, ingestion: Running, told: Told
) -> None:
    gone, flexible = a_cud(google.billing.id), a_cud(google.billing.id)
    single = a_cud(
        google.billing.id,
        region="asia-northeast3",
        commitment_amount={"unit": "$/hr", "value": "0.05"},
        term="P1Y",
        state="Expired",
        subscription={"instance_id": str(uuid4()), "entitlement_scope": "projects/shop"},
    )
    others = a_cud("000000-000000-000000")
    days = ["2026-11-20", "2026-11-20", "2026-11-21", "2026-11-21", "2026-11-21"]
    rows = [gone, flexible, flexible, single, others]
    if not partitioned:
        rows, days = rows[2:], days[2:]
    google.dataset[TABLE] = Table(rows, partitioned, written_on=days)
    await google.register(google.body())

    listed = {each.id: each for each in await snapshot(google, ingestion, told)}

    one, other = (listed.pop(each["subscription"]["instance_id"]) for each in (flexible, single))
    assert listed == {}
    assert (one.kind, one.type, one.state) == ("savings_plan", "Spend-based CUD", "active")
    assert (one.hourly_commitment, one.recurring_hourly) == (Decimal("54.5"), Decimal("54.5"))
    assert (one.owner_account_id, one.region) == (google.billing.id, None)
    assert (one.term_months, one.ends_at) == (36, datetime(2029, 2, 3, 4, 5, 6, tzinfo=UTC))
    assert (other.owner_account_id, other.region) == ("shop", "asia-northeast3")
    assert (other.hourly_commitment, other.term_months, other.state) == (Decimal("0.05"), 12, "retired")  # fmt: skip
