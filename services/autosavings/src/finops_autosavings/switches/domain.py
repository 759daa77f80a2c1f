"""What a kill switch is, and when work may begin (AUTO-3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class KillSwitch:
    """Stopped: nothing more is planned or bought. `version` counts its changes."""

    stopped: bool
    reason: str | None
    version: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Switches:
    """Both switches over an organization; None: not there to be read."""

    organization: KillSwitch | None
    platform: KillSwitch | None

    def stopped_by(self) -> Literal["platform", "organization"] | None:
        """The switch that stops work; None when both were read and neither does."""
        if self.platform is None or self.platform.stopped:
            return "platform"
        if self.organization is None or self.organization.stopped:
            return "organization"
        return None
