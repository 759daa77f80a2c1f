"""What can be committed to, from AWS: the rates of the Savings Plans on offer."""

from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from finops_common.contracts.ingestion import SavingsPlanRate
from finops_ingestion.connections.adapters.aws import Aws, Session, answering, is_denied, pages

PLAN_TYPES = ("Compute", "EC2Instance", "Database")
_YEAR_S = 31_536_000


class AwsOffers:
    """Reads price lists of Savings Plans."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def plan_rates(self, session: Session) -> list[SavingsPlanRate] | None:
        """Every rate of every term and payment option; None when the role may not ask.

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
                    return None
                raise


def _rate(described: dict[str, Any]) -> SavingsPlanRate:
    offering = described["savingsPlanOffering"]
    about = {each["name"]: each["value"] for each in described["properties"]}
    return SavingsPlanRate(
        plan_type=f"{offering['planType']}SavingsPlans",
        term_months=round(offering["durationSeconds"] / _YEAR_S) * 12,
        payment_option=offering["paymentOption"],
        region=about.get("region", ""),
        usage_type=described["usageType"],
        operation=described.get("operation") or None,
        platform=about.get("productDescription"),
        tenancy=about.get("tenancy"),
        rate=Decimal(described["rate"]),
        currency=offering["currency"],
    )
