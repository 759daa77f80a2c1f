"""What an account is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from finops_common.i18n import Language

ConsentKind = Literal["terms", "privacy", "marketing"]


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account; `version` counts its changes."""

    id: UUID
    email: str
    email_key: str
    email_verified_at: datetime | None
    password_hash: str
    full_name: str
    company_name: str
    department: str | None
    phone: str | None
    language: Language
    marketing: bool
    version: int
    created_at: datetime

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a person gives when they sign up; the versions name the texts they agreed to."""

    email: str
    password: str
    full_name: str
    company_name: str
    department: str | None
    phone: str | None
    language: Language
    marketing: bool
    terms_version: str
    privacy_version: str
    marketing_text_version: str | None


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent as it was given or withdrawn."""

    kind: ConsentKind
    text_version: str
    given: bool
    source: str
    at: datetime
