"""What autosavings reads from its environment, besides what every service reads."""

from pydantic import Field

from finops_common.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True):
    """`AUTOSAVINGS_*`."""

    ingestion_url: str = Field(description="where ingestion answers inside the cluster")
    commitments_url: str = Field(description="where commitments answers inside the cluster")
    plans_every_s: float = Field(
        default=30, gt=0, description="seconds between looks for weekly plans that are due"
    )
