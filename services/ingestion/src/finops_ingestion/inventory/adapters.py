"""Commitments from AWS: what an account's own role may list of what it owns."""

from collections.abc import Sequence

from botocore.exceptions import ClientError

from finops_common.contracts.ingestion import ListedCommitment
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.connections.adapters.aws import (
    Aws,
    Session,
    answering,
    in_open_regions,
    is_denied,
    pages,
)
from finops_ingestion.inventory.domain import RightMissingError, plan, reservation


class AwsCommitments:
    """Lists Savings Plans and EC2 reservations; `regions` None: all there are."""

    def __init__(self, aws: Aws, regions: Sequence[str] | None) -> None:
        self._aws = aws
        self._regions = regions

    async def list_of(self, account: CloudAccount, session: Session) -> list[ListedCommitment]:
        """Everything the account owns, whatever its state.

        Raises:
            RightMissingError: the role lacks the right.
            CloudSilentError: the provider did not answer.
        """
        with answering():
            try:
                found = await self._plans(account.account_id, session)
                return found + await self._reservations(account.account_id, session)
            except ClientError as error:
                if is_denied(error):
                    raise RightMissingError from None
                raise

    async def _plans(self, account_id: str, session: Session) -> list[ListedCommitment]:
        async with self._aws.client("savingsplans", session) as client:
            return [
                plan(account_id, described)
                async for page in pages(client.describe_savings_plans, "nextToken")
                for described in page["savingsPlans"]
            ]

    async def _reservations(self, account_id: str, session: Session) -> list[ListedCommitment]:
        return await in_open_regions(
            self._regions or await self._aws.regions("ec2"),
            lambda region: self._reservations_in(region, account_id, session),
        )

    async def _reservations_in(
        self, region: str, account_id: str, session: Session
    ) -> list[ListedCommitment]:
        async with self._aws.client("ec2", session, region) as client:
            answer = await client.describe_reserved_instances()
        return [
            reservation(account_id, region, described) for described in answer["ReservedInstances"]
        ]
