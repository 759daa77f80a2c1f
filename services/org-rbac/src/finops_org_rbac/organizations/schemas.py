"""Organizations on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.schemas import Command, Line


class NewOrganization(Command):
    name: Line


class OrganizationChange(Command):
    name: Line
    reason: Line | None = None


class OrganizationDeletion(Command):
    name: Line = Field(description="the organization's name, typed again")
    reason: Line | None = None


class OrganizationView(BaseModel):
    id: UUID
    company_id: UUID
    name: str
    created_at: datetime


class Organizations(BaseModel):
    items: list[OrganizationView]
    most: int = Field(description="organizations a company may have at once")
