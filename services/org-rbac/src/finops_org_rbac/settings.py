"""What org-rbac reads from its environment, besides what every service reads."""

from pydantic import Field

from finops_common.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True):
    """`ORG_RBAC_*`."""

    smtp_url: str = Field(description="smtp://user:password@host:port")
    mail_from: str = Field(
        default="finops <no-reply@finops.example>", description="sender of mails"
    )
    private_channels: bool = Field(
        default=False,
        description="whether webhooks may use HTTP and lead into private networks: a local stack's",
    )
