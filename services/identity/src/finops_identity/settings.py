"""What identity reads from its environment, besides what every service reads."""

from datetime import timedelta

from pydantic import Field

from finops_common.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True):
    """`IDENTITY_*`."""

    smtp_url: str = Field(description="smtp://user:password@host:port")
    mail_from: str = Field(
        default="finops <no-reply@finops.example>", description="sender of mails"
    )
    session_idle: timedelta = Field(
        default=timedelta(hours=1), description="unused longer, a session ends"
    )
    uniform_answer_ms: int = Field(
        default=250, description="sign-up, refused log-in and e-mail change answer no sooner"
    )
    failures_before_delay: int = Field(default=10, description="wrong log-ins within 15 min")
    secure_cookies: bool = Field(
        default=True, description="off only where the gateway is plain HTTP"
    )
