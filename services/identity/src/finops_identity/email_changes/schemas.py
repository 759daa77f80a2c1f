"""A change of e-mail on the wire."""

from pydantic import BaseModel, Field

from finops_common.schemas import Command, Email
from finops_identity.passwords.schemas import Password


class EmailChange(Command):
    new_email: Email
    password: Password


class EmailChangeState(BaseModel):
    changed: bool = Field(description="false until both addresses have confirmed")
