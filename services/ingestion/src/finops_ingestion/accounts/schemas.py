"""Cloud accounts on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, PlainSerializer, StringConstraints, TypeAdapter

from finops_common.contracts.ingestion import CollectionStatus, ConnectionStatus, Provider
from finops_common.schemas import Command, Line

ReadCapability = Literal["bills", "accounts", "commitments", "resources"]
ALL_READ: frozenset[ReadCapability] = frozenset({"bills", "accounts", "commitments", "resources"})


StorageAccount = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{3,24}$")]
Container = Annotated[
    str, StringConstraints(max_length=63, pattern=r"^[a-z0-9](-?[a-z0-9])+$|^\$web$")
]
ExportPath = Annotated[
    str, StringConstraints(max_length=500, pattern=r"^[^/\\\x00-\x1f]+(/[^/\\\x00-\x1f]+)*$")
]
Subscription = Annotated[UUID, PlainSerializer(str)]
Project = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
Dataset = Annotated[str, StringConstraints(max_length=1024, pattern=r"^[A-Za-z0-9_]+$")]


class AzurePlace(Command):
    """Where an export of Cost Management is delivered."""

    storage_account: StorageAccount = Field(examples=["hanbitcosts"])
    container: Container = Field(examples=["exports"])
    path: ExportPath = Field(
        description="the export's directory and its name", examples=["costs/daily-focus"]
    )
    subscriptions: tuple[Subscription, ...] = Field(
        default=(), max_length=5000, description="that are read as accounts; empty: all"
    )


class GooglePlace(Command):
    """The dataset that the billing account is exported to; the table is found by its name."""

    project: Project = Field(examples=["hanbit-billing"])
    dataset: Dataset = Field(examples=["billing_export"])


Place = AzurePlace | GooglePlace
_PLACE: TypeAdapter[Place] = TypeAdapter(Place)


def place_view(kept: dict[str, Any] | None) -> Place | None:
    """A place as it is kept with the account."""
    return None if kept is None else _PLACE.validate_python(kept)


class CloudAccountChange(Command):
    name: Line | None = None
    capabilities: frozenset[ReadCapability] | None = Field(
        default=None, description="what is to be read; what is left out is not missed"
    )
    export_name: Line | None = Field(default=None, description="the cost export to read bills from")
    place: Place | None = Field(
        default=None, description="where the bills lie, in clouds whose accounts do not say it"
    )


class ConnectionView(BaseModel):
    status: ConnectionStatus
    cause: str | None = Field(description="what stands in the way, as a stable name")
    field: str | None = Field(description="of the registration, that the cause speaks of")
    advice: str | None = Field(description="what mends it, and where in the cloud's console")


class CollectionView(BaseModel):
    status: CollectionStatus | None = Field(description="null: nothing was ever collected")
    cause: str | None


class CloudAccountView(BaseModel):
    id: UUID
    provider: Provider
    account_id: str = Field(description="the provider's own id", examples=["123456789012"])
    payer_account_id: str | None
    name: str
    origin: Literal["registered", "linked"] = Field(
        description="by a person with a role of its own, or brought in by its payer"
    )
    connection: ConnectionView
    collection: CollectionView
    capabilities: list[str]
    export_name: str | None
    place: Place | None = Field(description="where the bills lie; null in AWS")
    credentials_version: int | None
    registered_at: datetime | None = Field(description="when ownership was proven")
    checked_at: datetime | None
    created_at: datetime
    detached_at: datetime | None = Field(
        description="since when nothing is collected; listed under the status to_be_deleted"
    )


class LinkedAccountView(BaseModel):
    """An account that its payer brought in, with the organization its costs belong to."""

    id: UUID
    provider: Provider
    account_id: str = Field(description="the provider's own id", examples=["123456789012"])
    payer_account_id: str | None
    name: str
    organization_id: UUID


class LinkedAccountsWanted(Command):
    cloud_account_ids: frozenset[UUID] = Field(
        min_length=1, max_length=500, description="of the company, wherever they are now"
    )


class LinkedAccountList(BaseModel):
    items: list[LinkedAccountView]


class MoveView(BaseModel):
    from_organization_id: UUID
    to_organization_id: UUID
    moved_by: UUID | None
    moved_at: datetime


class MoveList(BaseModel):
    items: list[MoveView]
