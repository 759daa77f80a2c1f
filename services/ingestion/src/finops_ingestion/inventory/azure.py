"""Commitments from Azure: reservations and savings plans that the application may see."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from finops_common.contracts.ingestion import ListedCommitment
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.connections.adapters.azure import AppSession
from finops_ingestion.connections.adapters.azure_look import list_subscriptions
from finops_ingestion.connections.adapters.rest import RefusedError
from finops_ingestion.inventory.domain import RightMissingError, State

RESERVATIONS = "/providers/Microsoft.Capacity/reservations"
SAVINGS_PLANS = "/providers/Microsoft.BillingBenefits/savingsPlans"
_VERSION = {"api-version": "2022-11-01"}
_MONTHS = {"P1M": 1, "P1Y": 12, "P3Y": 36, "P5Y": 60}
_STATES: Mapping[str, State] = MappingProxyType(
    {
        "Succeeded": "active",
        "Cancelled": "returned",
        "Expired": "retired",
        "Merged": "retired",
        "Split": "retired",
        "Failed": "payment-failed",
        "BillingFailed": "payment-failed",
    }
)


class AzureCommitments:
    """Lists what one application may see of its directory; satisfies `Lister`."""

    async def list_of(self, account: CloudAccount, session: AppSession) -> list[ListedCommitment]:
        """Everything that is charged to the billing account, whatever its state.

        Azure leaves out what the application may not see and does not say so, so that an
        empty list is taken for a missing right.

        Raises:
            RightMissingError: nothing is shown.
            ConnectionBrokenError, CloudSilentError: as `AppSession.list`.
        """
        try:
            reservations = await session.list(RESERVATIONS, **_VERSION)
            plans = await session.list(SAVINGS_PLANS, **_VERSION)
        except RefusedError:
            raise RightMissingError from None
        if not reservations and not plans:
            raise RightMissingError
        # One directory may have several billing accounts.
        paid_for = {
            each.account_id for each in await list_subscriptions(session, account.account_id)
        }
        reserved = [reservation(each) for each in reservations]
        return [
            *(each for each in reserved if each.owner_account_id in paid_for or not paid_for),
            *(plan(each) for each in plans if _is_of(each, account.account_id)),
        ]


def reservation(described: Mapping[str, Any]) -> ListedCommitment:
    """A reservation of `Microsoft.Capacity`; what it costs is not told."""
    about = described["properties"]
    return ListedCommitment(
        provider="Microsoft",
        id=_spelt(described["id"]),
        kind="reservation",
        type="Reservation",
        owner_account_id=_subscription(about),
        region=described.get("location") or None,
        instance_type=described["sku"]["name"],
        quantity=Decimal(about["quantity"]),
        payment_option=about.get("billingPlan"),
        **_lasting(about),
    )


def plan(described: Mapping[str, Any]) -> ListedCommitment:
    """A savings plan of `Microsoft.BillingBenefits`; committed money is of an hour."""
    about = described["properties"]
    committed = about["commitment"]
    amount = Decimal(str(committed["amount"]))
    monthly = about.get("billingPlan") == "P1M"
    term = _MONTHS[about["term"]]
    hours = Decimal(term // 12 * 8760)
    return ListedCommitment(
        provider="Microsoft",
        id=_spelt(described["id"]),
        kind="savings_plan",
        type="Savings Plan",
        owner_account_id=_subscription(about),
        hourly_commitment=amount,
        currency=committed["currencyCode"],
        payment_option="Monthly" if monthly else "Upfront",
        upfront=Decimal(0) if monthly else amount * hours,
        recurring_hourly=amount if monthly else Decimal(0),
        **_lasting(about),
    )


def _lasting(about: Mapping[str, Any]) -> dict[str, Any]:
    # What is not paid for yet has been bought, and has neither begun nor an end.
    words = ("benefitStartTime", "effectiveDateTime", "purchaseDateTime")
    begins = _instant(next(about[each] for each in words if about.get(each)))
    months, end = _MONTHS[about["term"]], about.get("expiryDateTime")
    return {
        "term_months": months,
        "starts_at": begins,
        "ends_at": _instant(end) if end else begins + timedelta(days=months * 365 // 12),
        "state": _STATES.get(about["provisioningState"], "payment-pending"),
    }


def _is_of(described: Mapping[str, Any], billing_account: str) -> bool:
    """Whether the plan is charged there, as far as Azure says."""
    about = described["properties"]
    told = about.get("billingAccountId") or about.get("billingProfileId") or ""
    return not told or billing_account.lower() in told.lower().split("/")


def _subscription(about: Mapping[str, Any]) -> str:
    return str(about.get("billingScopeId") or "").rpartition("/")[2].lower()


def _spelt(resource_id: str) -> str:
    """The id as exports of costs write it; the API's spelling of its namespaces varies."""
    *_, namespace, orders, order, kind, name = resource_id.split("/")
    for known in (RESERVATIONS, SAVINGS_PLANS):
        _, _, its_namespace, its_kind = known.split("/")
        if (namespace.lower(), kind.lower()) == (its_namespace.lower(), its_kind.lower()):
            orders = f"{its_kind[:-1]}Orders"
            namespace, kind = its_namespace, its_kind
    return f"/providers/{namespace}/{orders}/{order.lower()}/{kind}/{name.lower()}"


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
