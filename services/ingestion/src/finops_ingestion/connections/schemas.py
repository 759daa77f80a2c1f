"""Registration, credentials and the permission check on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from finops_common.contracts.ingestion import ConnectionStatus
from finops_common.schemas import Command, Line
from finops_ingestion.accounts.schemas import ALL_READ, ReadCapability
from finops_ingestion.connections.domain import ROLE_ARN

AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
RoleArn = Annotated[str, StringConstraints(max_length=600, pattern=f"^{ROLE_ARN.pattern}$")]


class NewCloudAccount(Command):
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


class NewCredentials(Command):
    role_arn: RoleArn


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
    advice: str | None
    checked_at: datetime | None
    capabilities: list[CapabilityView]


class StackView(BaseModel):
    external_id: str = Field(description="goes into the role's trust policy; keep it to yourselves")
    role_name: str
    quick_create_url: str | None = Field(
        description="opens the console with everything filled in; null where it is not offered"
    )
