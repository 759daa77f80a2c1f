"""What a mailed link is, what it is for and how long it works."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from finops_common.i18n import Language, Text

Purpose = Literal["verify", "reset", "change_old", "change_new"]
LIFE: dict[Purpose, timedelta] = {
    "verify": timedelta(hours=24),
    "reset": timedelta(minutes=30),
    "change_old": timedelta(hours=24),
    "change_new": timedelta(hours=24),
}
AGAIN_AFTER = timedelta(minutes=1)
A_DAY = 10
"""So often may one person be mailed a link of one purpose."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link somebody has opened; `new_email` is what a change of e-mail leads to."""

    user_id: UUID
    purpose: Purpose
    new_email: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and text of one mail; `{link}` leads to `page` of the frontend."""

    page: str
    subject: Text
    body: Text

    def write(self, language: Language, **facts: object) -> tuple[str, str]:
        """Subject and text for a reader of `language`, with `facts` filled in."""
        return self.subject.render(language, facts), self.body.render(language, facts)
