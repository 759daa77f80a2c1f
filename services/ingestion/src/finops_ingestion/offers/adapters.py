"""What can be committed to, from AWS: rates of Savings Plans, and reservations."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate
from finops_ingestion.connections.adapters.aws import (
    Aws,
    Session,
    answering,
    in_open_regions,
    is_denied,
    pages,
)
from finops_ingestion.inventory.domain import hourly_of, months_of
from finops_ingestion.offers.nodes import LISTINGS, listed_in

PLAN_TYPES = ("Compute", "EC2Instance", "SageMaker", "Database")
PLATFORMS = (
    "Linux/UNIX",
    "Red Hat Enterprise Linux",
    "SUSE Linux",
    "Windows",
    "Windows with SQL Server Standard",
    "Windows with SQL Server Web",
    "Windows with SQL Server Enterprise",
)
"""EC2 lists each once more "(Amazon VPC)", at the same price."""
_WANTED = {"scope": ["Region"], "product-description": list(PLATFORMS)}
_FILTERS = [{"Name": name, "Values": values} for name, values in _WANTED.items()]


class AwsOffers:
    """Reads what is on offer; `regions` of reservations, None: all there are."""

    def __init__(self, aws: Aws, regions: Sequence[str] | None) -> None:
        self._aws = aws
        self._regions = regions

    async def plan_rates(self, session: Session) -> list[SavingsPlanRate]:
        """Every rate of every term and payment option; none when the role may not ask.

        Raises:
            CloudSilentError: the provider did not answer.
        """
        with answering():
            try:
                async with self._aws.client("savingsplans", session) as client:
                    return [
                        _rate(described)
                        async for page in pages(
                            client.describe_savings_plans_offering_rates,
                            "nextToken",
                            savingsPlanTypes=list(PLAN_TYPES),
                            maxResults=1000,
                        )
                        for described in page["searchResults"]
                    ]
            except ClientError as error:
                if is_denied(error):
                    return []
                raise

    async def reservations(self, session: Session) -> list[ReservationOffer]:
        """Every standard regional reservation of shared tenancy, from AWS itself.

        None of a service that the role may not ask. A region takes hundreds of calls of 100
        each, so regions are asked beside each other: AWS throttles each of them alone.

        Raises:
            CloudSilentError: the provider did not answer.
        """
        found = await self._everywhere("ec2", partial(self._reservations_in, session))
        for listing in LISTINGS:
            ask = partial(listed_in, self._aws, listing, session)
            found += await self._everywhere(listing.client, ask)
        return found

    async def _everywhere(
        self, service: str, ask: Callable[[str], Awaitable[list[ReservationOffer]]]
    ) -> list[ReservationOffer]:
        # Not every service is in every region.
        wanted = [
            each
            for each in await self._aws.regions(service)
            if self._regions is None or each in self._regions
        ]
        with answering():
            try:
                return await in_open_regions(wanted, ask)
            except ClientError as error:
                if is_denied(error):
                    return []
                raise

    async def _reservations_in(self, session: Session, region: str) -> list[ReservationOffer]:
        async with self._aws.client("ec2", session, region) as client:
            return [
                _reservation(region, described)
                async for page in pages(
                    client.describe_reserved_instances_offerings,
                    OfferingClass="standard",
                    InstanceTenancy="default",
                    IncludeMarketplace=False,
                    Filters=_FILTERS,
                    MaxResults=100,
                )
                for described in page["ReservedInstancesOfferings"]
            ]


def _rate(described: Mapping[str, Any]) -> SavingsPlanRate:
    offering = described["savingsPlanOffering"]
    about = {each["name"]: each["value"] for each in described["properties"]}
    return SavingsPlanRate(
        plan_type=f"{offering['planType']}SavingsPlans",
        term_months=months_of(offering["durationSeconds"]),
        payment_option=offering["paymentOption"],
        region=about.get("region", ""),
        usage_type=described["usageType"],
        operation=described.get("operation") or None,
        platform=about.get("productDescription"),
        tenancy=about.get("tenancy"),
        rate=Decimal(described["rate"]),
        currency=offering["currency"],
    )


def _reservation(region: str, described: Mapping[str, Any]) -> ReservationOffer:
    return ReservationOffer(
        service="AmazonEC2",
        region=region,
        instance_type=described["InstanceType"],
        platform=described["ProductDescription"],
        tenancy=described["InstanceTenancy"],
        term_months=months_of(described["Duration"]),
        payment_option=described["OfferingType"],
        upfront=Decimal(str(described["FixedPrice"])),
        recurring_hourly=hourly_of(described),
        currency=described["CurrencyCode"],
    )
