"""Accounts on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool

from finops_common.i18n import Language
from finops_common.schemas import Command, Email, Line, Phone
from finops_identity.passwords.schemas import Password


class SignUp(Command):
    """A new person. `terms_version` and `privacy_version` name the texts they agree to."""

    email: Email
    password: Password
    full_name: Line
    company_name: Line
    department: Line | None = None
    phone: Phone | None = None
    language: Language = "en"
    marketing: StrictBool = False
    terms_version: Line = Field(examples=["2026-10-01"])
    privacy_version: Line = Field(examples=["2026-10-01"])
    marketing_text_version: Line | None = Field(
        None, description="of the consent text that was shown; needed with marketing"
    )


class Accepted(BaseModel):
    """The same for every address, known or not."""

    detail: Literal["look-into-your-mail"] = "look-into-your-mail"


class TokenFromMail(Command):
    token: Line = Field(description="from the link in the mail")


class Profile(BaseModel):
    """The caller's own account."""

    id: UUID
    email: str
    email_verified: bool
    full_name: str
    company_name: str
    department: str | None
    phone: str | None
    language: Language
    marketing: bool
    created_at: datetime


class ProfileChange(Command):
    """What is left out stays; null clears department and phone."""

    full_name: Line = ""
    department: Line | None = None
    phone: Phone | None = None
    language: Language = "en"
    marketing: StrictBool = False
    marketing_text_version: Line | None = Field(
        None, description="of the consent text that was shown; needed to give consent"
    )


class Consent(BaseModel):
    """One consent, given or withdrawn."""

    kind: Literal["terms", "privacy", "marketing"]
    text_version: str
    given: bool
    source: str
    at: datetime


class Consents(BaseModel):
    items: list[Consent]
