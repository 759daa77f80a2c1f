"""What services want people to know: a notice names who and what, org-rbac finds them and tells."""

from typing import ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from finops_common.events.contract import Event

Category = Literal["security", "money", "commitments", "ingestion"]
Severity = Literal["info", "warning", "critical"]


class Notice(Event):
    """Something people of an organization should know. A publisher sets `topic`.

    The same `notice_id` published again is the same notice: nobody is told twice. Who is
    meant are the members who hold `permission` there, and of `user_ids` those who reach it;
    when that is nobody, the Owners.
    """

    name: ClassVar[str] = "notice.raised"
    key: ClassVar[str] = "organization_id"
    target: ClassVar[tuple[str, str]] = ("notice", "notice_id")

    notice_id: UUID
    company_id: UUID
    organization_id: UUID
    category: Category
    kind: str = Field(
        max_length=60,
        examples=["commitment.expiring"],
        description="names the text; one that org-rbac does not know shows its facts alone",
    )
    about: str = Field(
        max_length=300, description="what it speaks of; muting silences this kind about this"
    )
    severity: Severity
    permission: str | None = Field(default=None, examples=["commitments:view"])
    user_ids: tuple[UUID, ...] = ()
    channel_ids: tuple[UUID, ...] | None = Field(
        default=None,
        description="of the organization; null: all that want its category and severity",
    )
    facts: dict[str, str] = Field(
        description="fill the text; exact decimals and instants as text. A sentence of the"
        " publisher's own has a language behind its name: `advice.ko` fills {advice} in Korean"
    )
    link: str = Field(
        pattern="^/", max_length=500, examples=["/commitments"], description="path in the app"
    )

    @model_validator(mode="after")
    def _addressed(self) -> Self:
        if self.permission is None and not self.user_ids:
            raise ValueError("names neither a permission nor a person")
        return self
