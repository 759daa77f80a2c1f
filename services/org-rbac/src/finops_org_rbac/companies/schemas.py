"""Companies on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, Field

from finops_common.schemas import Command, Email, Line


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("must be a time zone such as Asia/Seoul")
    return value


Region = Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1", examples=["KR"])]
Currency = Literal["USD", "KRW", "JPY", "EUR"]
TimeZone = Annotated[str, Field(max_length=60, examples=["Asia/Seoul"]), AfterValidator(_time_zone)]


class NewCompany(Command):
    """A customer. `region` decides later which payment rail serves it."""

    name: Line
    region: Region
    currency: Currency = "USD"
    time_zone: TimeZone = "UTC"
    address: Line | None = None
    billing_email: Email | None = None
    support_contact: Line | None = None


class CompanyChange(Command):
    """What is left out stays; null clears what may be empty."""

    name: Line = ""
    region: Region = ""
    currency: Currency = "USD"
    time_zone: TimeZone = "UTC"
    address: Line | None = None
    billing_email: Email | None = None
    support_contact: Line | None = None


class CompanyView(BaseModel):
    id: UUID
    name: str
    region: str
    currency: str
    time_zone: str
    address: str | None
    billing_email: str | None
    support_contact: str | None
    created_at: datetime
