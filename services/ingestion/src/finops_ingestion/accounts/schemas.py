"""Cloud accounts on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.contracts.ingestion import CollectionStatus, ConnectionStatus, Provider
from finops_common.schemas import Command, Line

ReadCapability = Literal["bills", "accounts", "commitments", "resources"]
ALL_READ: frozenset[ReadCapability] = frozenset({"bills", "accounts", "commitments", "resources"})


class CloudAccountChange(Command):
    name: Line | None = None
    capabilities: frozenset[ReadCapability] | None = Field(
        default=None, description="what is to be read; what is left out is not missed"
    )
    export_name: Line | None = Field(default=None, description="the cost export to read bills from")


class ConnectionView(BaseModel):
    status: ConnectionStatus
    cause: str | None = Field(description="what stands in the way, as a stable name")
    advice: str | None = Field(description="what mends it")


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
    credentials_version: int | None
    registered_at: datetime | None = Field(description="when ownership was proven")
    checked_at: datetime | None
    created_at: datetime
