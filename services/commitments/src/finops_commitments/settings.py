"""What commitments reads from its environment, besides what every service reads."""

from pydantic import Field

from finops_common.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True):
    """`COMMITMENTS_*`."""

    ingestion_url: str = Field(description="where ingestion answers inside the cluster")
    records_memory_mb: int = Field(
        default=512, ge=16, description="hourly records a process keeps open between questions"
    )
    query_memory_mb: int = Field(
        default=512, ge=64, description="working memory of one organization's queries"
    )
    query_threads: int = Field(default=2, ge=1, description="computations at once, per process")
