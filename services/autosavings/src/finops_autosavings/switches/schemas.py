"""Kill switches on the wire."""

from datetime import datetime

from pydantic import BaseModel, Field

from finops_common.schemas import Command, Line


class KillSwitchChange(Command):
    stopped: bool
    reason: Line | None = None


class KillSwitchView(BaseModel):
    """Whether autosavings may work for the organization."""

    stopped: bool = Field(description="by the organization's own switch, or before it is activated")
    reason: str | None
    changed_at: datetime | None
    platform_stopped: bool = Field(description="by the operator, for everybody")
