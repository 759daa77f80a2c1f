"""What a notice is to one person, and how they are told of it (ORG-40)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID, uuid5

from finops_common.contracts.notices import Category, Severity
from finops_org_rbac.access.domain import GRANTS, Role

Mails = Literal["immediate", "digest", "off"]
State = Literal["unread", "read", "all"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
FOR_OWNERS: frozenset[Category] = frozenset({"security", "money"})
"""An Owner is told of these, whatever they chose or muted."""


@dataclass(frozen=True, slots=True)
class Preference:
    """How a person wants to be told of a category."""

    inbox: bool
    mails: Mails

    @property
    def silent(self) -> bool:
        """Whether one of the two ways is shut."""
        return not self.inbox or self.mails == "off"


DEFAULTS: Mapping[Category, Preference] = {
    "security": Preference(inbox=True, mails="immediate"),
    "money": Preference(inbox=True, mails="immediate"),
    "commitments": Preference(inbox=True, mails="digest"),
    "ingestion": Preference(inbox=True, mails="digest"),
}
"""Of who has chosen nothing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member who reaches the organization, with what they chose for this notice."""

    user_id: UUID
    role: Role
    chosen: Preference | None
    muted: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A notice in one person's inbox; `id` is theirs alone."""

    id: UUID
    notice_id: UUID
    organization_id: UUID
    company_id: UUID
    category: Category
    kind: str
    about: str
    severity: Severity
    facts: dict[str, str]
    link: str
    raised_at: datetime
    read_at: datetime | None
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None
    muted: bool
    muted_until: datetime | None


def addressed(
    candidates: list[Candidate], permission: str | None, user_ids: tuple[UUID, ...]
) -> list[Candidate]:
    """Those of the members who are meant; the Owners when nobody else is left to know."""
    named = set(user_ids)
    meant = [
        each
        for each in candidates
        if each.user_id in named or (permission is not None and permission in GRANTS[each.role])
    ]
    return meant or [each for each in candidates if each.role == "owner"]


def told(candidate: Candidate, category: Category) -> Preference:
    """How this person is told of a notice of `category`."""
    chosen = candidate.chosen or DEFAULTS[category]
    if candidate.role == "owner" and category in FOR_OWNERS:
        return Preference(inbox=True, mails="immediate" if chosen.mails == "off" else chosen.mails)
    return Preference(inbox=False, mails="off") if candidate.muted else chosen


def item_id(organization_id: UUID, notice_id: UUID, user_id: UUID) -> UUID:
    """The same for the same notice and person, however often it is delivered."""
    return uuid5(notice_id, f"{organization_id}/{user_id}")
