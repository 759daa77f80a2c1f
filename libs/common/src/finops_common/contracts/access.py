"""What org-rbac answers about access and identity about sessions, on their internal routes."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Question(BaseModel):
    """About one user: in an organization, in a company as a whole, or anywhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: UUID
    company_id: UUID | None = None
    organization_id: UUID | None = None
    permission: str | None = None


class EffectiveAccess(BaseModel):
    """The same answer decides and explains (ORG-31). `company_id` null: not a member there."""

    model_config = ConfigDict(frozen=True)

    company_id: UUID | None = None
    organization_id: UUID | None = None
    status: Literal["active", "deactivated", "none"]
    roles: tuple[str, ...] = ()
    permissions: frozenset[str] = frozenset()
    version: int = 0
    allowed: bool | None = None
    """About the question's permission, when it asked for one."""


class Questions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    questions: list[Question]


class Answers(BaseModel):
    answers: list[EffectiveAccess]


class SessionState(BaseModel):
    """Whether a session may still be used."""

    active: bool
