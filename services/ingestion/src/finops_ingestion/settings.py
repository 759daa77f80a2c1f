"""What ingestion reads from its environment, besides what every service reads."""

from pathlib import Path

from pydantic import Field, SecretStr

from finops_common.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True):
    """`INGESTION_*`."""

    aws_platform_principal: str | None = Field(
        default=None,
        description="ARN of the platform's own principal, which customers' roles trust;"
        " unset: no template is offered",
    )
    aws_access_key_id: SecretStr | None = Field(
        default=None, description="of the platform's principal; unset: the SDK's own chain"
    )
    aws_secret_access_key: SecretStr | None = None
    aws_endpoint_url: str | None = Field(
        default=None, description="answers in place of every AWS service; for simulators"
    )
    aws_region: str = Field(default="us-east-1", description="of calls that belong to no region")
    aws_template_url: str | None = Field(
        default=None,
        description="S3 URL where the read stack's template is published; unset: no quick-create",
    )
    aws_reservation_regions: str | None = Field(
        default=None, description="comma separated; unset: every region the SDK knows"
    )
    azure_login_url: str = Field(
        default="https://login.microsoftonline.com", description="gives tokens to applications"
    )
    azure_management_url: str = Field(
        default="https://management.azure.com", description="Azure's resource manager"
    )
    azure_blob_url: str = Field(
        default="https://{account}.blob.core.windows.net",
        description="Blob storage; {account} is the storage account's name",
    )
    azure_prices_url: str = Field(
        default="https://prices.azure.com/api/retail/prices",
        description="Azure's public price list, asked without a token",
    )
    gcp_token_url: str = Field(
        default="https://oauth2.googleapis.com/token", description="gives tokens to keys"
    )
    gcp_bigquery_url: str = Field(default="https://bigquery.googleapis.com")
    gcp_billing_url: str = Field(default="https://cloudbilling.googleapis.com")
    connections_every_s: float = Field(
        default=20, gt=0, description="seconds between looks for connections that are due"
    )
    listings_every_s: float = Field(
        default=60, gt=0, description="seconds between looks for inventories and prices due"
    )
    blobs_url: str = Field(
        default="file:///var/lib/finops/ingestion/blobs",
        description="where bills are kept: file:///folder or s3://bucket/prefix",
    )
    blobs_cache: Path | None = Field(
        default=None, description="local copies of blobs in S3; unset: a temporary folder"
    )
    spool: Path = Field(
        default=Path("/var/lib/finops/ingestion/spool"),
        description="folder for bills that are being read, of one worker process alone",
    )
    spool_limit_mb: int = Field(
        default=16384, ge=1024, description="of the spool; imports wait until they have room"
    )
    import_memory_mb: int = Field(default=1024, ge=256, description="of an import's subprocess")
    import_threads: int = Field(default=2, ge=1)
    imports_at_once: int = Field(
        default=2,
        ge=1,
        description="imports of one worker process; with one alone a huge bill holds up the others",
    )
    imports_per_organization: int = Field(
        default=1, ge=1, description="imports of one organization at once, in all worker processes"
    )
    look_every_s: float = Field(
        default=3600, gt=0, description="seconds between looks at a billing source"
    )
    looks_poll_s: float = Field(
        default=30, gt=0, description="seconds between looks for sources that are due"
    )
    deliveries_poll_s: float = Field(
        default=30, gt=0, description="seconds between looks for deliveries that are due"
    )
    lake_every_s: float = Field(
        default=30, gt=0, description="seconds between looks for revisions to publish as Iceberg"
    )
    lake_keep_days: float = Field(
        default=2, gt=0, description="days that replaced Iceberg snapshots stay readable"
    )
