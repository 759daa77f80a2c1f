"""Registration, credentials and the permission check on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Discriminator, Field, StringConstraints, Tag

from finops_common.contracts.ingestion import ConnectionStatus
from finops_common.schemas import Command, Line
from finops_ingestion.accounts.schemas import ALL_READ, ReadCapability
from finops_ingestion.connections.clouds_schemas import (
    AzureCredentials,
    GoogleCredentials,
    NewAzureAccount,
    NewGoogleAccount,
)
from finops_ingestion.connections.domain import ROLE_ARN, Given, Registration

NO_OR_ONE_BUCKET = r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$"
AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Bucket = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
# Nothing that policies or templates read as more than itself.
PREFIX = r"^([A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*)?$"
Prefix = Annotated[str, StringConstraints(max_length=300, pattern=PREFIX)]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+){1,2}-[0-9]{1,2}$")]
RoleArn = Annotated[str, StringConstraints(max_length=600, pattern=f"^{ROLE_ARN.pattern}$")]


class NewAwsAccount(Command):
    provider: Literal["AWS"]
    account_id: AccountId = Field(examples=["123456789012"])
    role_arn: RoleArn | None = Field(
        default=None, description="unless it is the role that our template makes"
    )
    name: Line | None = None
    capabilities: frozenset[ReadCapability] = Field(
        default=ALL_READ, description="what is to be read"
    )
    export_name: Line | None = Field(
        default=None, description="the cost export to read bills from; else we choose"
    )

    def registration(self) -> Registration:
        """As connections take it."""
        return Registration(
            account_id=self.account_id,
            given=Given("AWS", role_arn=self.role_arn),
            name=self.name,
            capabilities=tuple(sorted(self.capabilities)),
            export_name=self.export_name,
        )


class AwsCredentials(Command):
    provider: Literal["AWS"] = "AWS"
    role_arn: RoleArn

    def given(self) -> Given:
        """As connections take it."""
        return Given("AWS", role_arn=self.role_arn)


NewCloudAccount = Annotated[
    NewAwsAccount | NewAzureAccount | NewGoogleAccount, Field(discriminator="provider")
]


def _provider_of(body: Any) -> str:  # noqa: ANN401 - whatever was sent
    # Roles were all there was to change when this route was made: they need not name AWS.
    return str(body.get("provider", "AWS")) if isinstance(body, dict) else "AWS"


NewCredentials = Annotated[
    Annotated[AwsCredentials, Tag("AWS")]
    | Annotated[AzureCredentials, Tag("Microsoft")]
    | Annotated[GoogleCredentials, Tag("Google Cloud")],
    Discriminator(_provider_of),
]


class RightView(BaseModel):
    action: str = Field(examples=["savingsplans:DescribeSavingsPlans"])
    granted: bool


class CapabilityView(BaseModel):
    capability: str
    wanted: bool = Field(description="asked for at registration; the others are optional")
    granted: bool
    actions: list[RightView]
    fix: str | None = Field(description="what gives the missing rights")


class PermissionsView(BaseModel):
    cloud_account_id: UUID
    status: ConnectionStatus
    cause: str | None
    field: str | None = Field(description="of the registration, that the cause speaks of")
    advice: str | None
    checked_at: datetime | None
    capabilities: list[CapabilityView]


class AzureSubscriptionView(BaseModel):
    id: str
    name: str
    chosen: bool = Field(description="read as an account of its own")


class AzureSubscriptionList(BaseModel):
    items: list[AzureSubscriptionView]


class DataDeletion(Command):
    account_id: Line = Field(
        description="the provider's id of the account, once more: nothing brings its data back"
    )


class StackView(BaseModel):
    external_id: str = Field(description="goes into the role's trust policy; keep it to yourselves")
    role_name: str
    quick_create_url: str | None = Field(
        description="opens the console with everything filled in; null where it is not offered"
    )
