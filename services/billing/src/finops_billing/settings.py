"""What billing reads from its environment, besides what every service reads."""

from pydantic import Field

from finops_common.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True):
    """`BILLING_*`."""

    trials_every_s: float = Field(
        default=30, gt=0, description="seconds between looks for trials that are over"
    )
