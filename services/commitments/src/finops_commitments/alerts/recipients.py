"""Whom an organization wants told of a kind of alert.

What is kept is read by these classes again, so their fields may be added to and never go.
"""

from typing import Annotated, Literal, Self, get_args
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from finops_commitments.entered.domain import Kind
from finops_common.auth.permissions import PERMISSIONS
from finops_common.contracts.commitments import AlertRecipientsChanged
from finops_common.schemas import Command

AlertKind = Literal[
    "commitment.expiring",
    "commitment.underutilized",
    "commitment.over_committed",
    "commitment.coverage_dropped",
]
KINDS: tuple[AlertKind, ...] = get_args(AlertKind)


class Recipients(Command):
    """Who is told: persons, who holds a permission, and channels; Owners where that is nobody."""

    permission: str | None = Field(None, examples=["commitments:view"])
    user_ids: Annotated[tuple[UUID, ...], Field(max_length=100)] = ()
    channel_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] | None = Field(
        None, description="null: every channel that wants commitments of that severity"
    )

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.permission is None and not self.user_ids:
            raise ValueError("name a permission or a person")
        if self.permission is not None and self.permission not in PERMISSIONS:
            raise ValueError("permission is none that there is")
        return self


class AlertRecipients(Recipients):
    """The same with the kind they are for, as it is kept."""

    kind: AlertKind

    @property
    def chosen(self) -> Recipients:
        return Recipients(**self.model_dump(exclude={"kind"}))


DEFAULT = Recipients(permission="commitments:view")
_CHOICES = UUID("2f0c7d1e-7f0a-4b57-9c55-0d3c1f6a9be4")
KIND = Kind("alert_recipients", AlertRecipients, AlertRecipientsChanged)


def id_of(organization_id: UUID | None, kind: AlertKind) -> UUID:
    """Under which an organization's choice for a kind is kept."""
    return uuid5(_CHOICES, f"{organization_id}/{kind}")
