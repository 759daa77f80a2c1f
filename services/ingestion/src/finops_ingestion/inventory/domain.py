"""Commitments as AWS describes them, in the words of the contract."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeVar

from finops_common.contracts.ingestion import ListedCommitment
from finops_ingestion.accounts.domain import CloudAccount

T = TypeVar("T")

PART = 500
"""Commitments in one part of a snapshot: far below what a Kafka record may hold."""

_YEAR_S = 31_536_000

State = Literal["active", "payment-pending", "retired", "returned", "payment-failed"]
"""AWS's words for the states that other providers' commitments are in."""


class RightMissingError(Exception):
    """Our credentials may not list the account's commitments."""


class Lister(Protocol):
    """One provider, asked with a session of the account's own credentials."""

    async def list_of(
        self,
        account: CloudAccount,
        session: Any,  # noqa: ANN401 - by cloud
    ) -> list[ListedCommitment]:
        """Everything the account owns, whatever its state.

        Raises:
            RightMissingError: it may not be listed.
            ConnectionBrokenError: the credentials open nothing now.
            CloudSilentError: the provider did not answer.
        """


def plan(account_id: str, described: Mapping[str, Any]) -> ListedCommitment:
    """A Savings Plan of `DescribeSavingsPlans`; amounts are of the whole plan."""
    return ListedCommitment(
        id=described["savingsPlanArn"],
        kind="savings_plan",
        type=f"{described['savingsPlanType']}SavingsPlans",
        owner_account_id=account_id,
        region=described.get("region") or None,
        family=described.get("ec2InstanceFamily") or None,
        hourly_commitment=Decimal(described["commitment"]),
        currency=described["currency"],
        term_months=months_of(described["termDurationInSeconds"]),
        payment_option=described["paymentOption"],
        upfront=Decimal(described.get("upfrontPaymentAmount") or 0),
        recurring_hourly=Decimal(described.get("recurringPaymentAmount") or 0),
        starts_at=_instant(described["start"]),
        ends_at=_instant(described["end"]),
        state=described["state"],
    )


def reservation(account_id: str, region: str, described: Mapping[str, Any]) -> ListedCommitment:
    """An EC2 reservation of `DescribeReservedInstances`, which gives amounts per instance.

    The id is the ARN, by which bills name it.
    """
    count = Decimal(described["InstanceCount"])
    name = described["ReservedInstancesId"]
    return ListedCommitment(
        id=f"arn:aws:ec2:{region}:{account_id}:reserved-instances/{name}",
        kind="reservation",
        type="Reserved Instance",
        owner_account_id=account_id,
        region=region,
        zone=described.get("AvailabilityZone") or None,
        family=described["InstanceType"].partition(".")[0],
        instance_type=described["InstanceType"],
        platform=described["ProductDescription"],
        tenancy=described["InstanceTenancy"],
        quantity=count,
        currency=described.get("CurrencyCode", "USD"),
        term_months=months_of(described["Duration"]),
        payment_option=described["OfferingType"],
        upfront=Decimal(str(described.get("FixedPrice", 0))) * count,
        recurring_hourly=hourly_of(described) * count,
        starts_at=described["Start"].astimezone(UTC),
        ends_at=described["End"].astimezone(UTC),
        state=described["State"],
        offering_class=described["OfferingClass"],
    )


def hourly_of(described: Mapping[str, Any]) -> Decimal:
    """What one reserved instance costs each hour beside its upfront.

    EC2 has short names for what other services call a recurring charge's amount and frequency.
    """
    charges = (
        {name.removeprefix("RecurringCharge"): value for name, value in charge.items()}
        for charge in described.get("RecurringCharges", [])
    )
    return sum(
        (Decimal(str(each["Amount"])) for each in charges if each["Frequency"] == "Hourly"),
        Decimal(str(described.get("UsagePrice", 0))),
    )


def in_parts(items: Sequence[T], size: int = PART) -> Iterator[tuple[T, ...]]:
    """The items in runs of `size`; one empty run when there are none."""
    for start in range(0, max(len(items), 1), size):
        yield tuple(items[start : start + size])


def months_of(seconds: int) -> int:
    """The term in months; AWS counts years of 365 days."""
    return round(seconds / _YEAR_S) * 12


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
