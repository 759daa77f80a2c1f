"""A draft of a registration: what was answered so far, and which step is next."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from finops_common.contracts.ingestion import Provider

StepName = Literal["account", "export", "application", "key", "place", "register"]

MOST = 100
"""Drafts of an organization."""
KEPT = timedelta(days=30)
"""After its last change; it may hold what opens an account."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked together. `fields` complete it, `optional` ones may be given with it."""

    name: StepName
    fields: tuple[str, ...]
    optional: tuple[str, ...] = ()


STEPS: dict[Provider, tuple[Step, ...]] = {
    "AWS": (
        Step("account", ("account_id",), ("name",)),
        Step("export", ("export_bucket",), ("export_name", "capabilities")),
        Step("register", (), ("role_arn",)),
    ),
    "Microsoft": (
        Step("account", ("account_id",), ("name",)),
        Step("application", ("credentials",)),
        Step("place", ("place",), ("capabilities",)),
        Step("register", ()),
    ),
    "Google Cloud": (
        Step("account", ("account_id",), ("name",)),
        Step("key", ("credentials",)),
        Step("place", ("place",), ("export_name", "capabilities")),
        Step("register", ()),
    ),
}


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """`answers` by field, without what opens the account: that is `sealed`."""

    id: UUID
    provider: Provider
    answers: dict[str, Any]
    sealed: bytes | None = field(repr=False)
    created_by: UUID
    version: int
    created_at: datetime
    changed_at: datetime

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its provider's, in order."""
        return STEPS[self.provider]

    def missing(self, step: Step) -> tuple[str, ...]:
        """The step's fields without an answer."""
        answered = self.answers.keys() | ({"credentials"} if self.sealed else set())
        return tuple(name for name in step.fields if name not in answered)

    @property
    def next(self) -> Step:
        """The first step with a field missing; when none is, registering."""
        return next((step for step in self.steps if self.missing(step)), self.steps[-1])
