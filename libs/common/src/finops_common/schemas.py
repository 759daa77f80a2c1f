"""Field types of wire models that refuse what no honest client sends (ID-50)."""

import re
import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

from finops_common.money import plain

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_EMAIL = re.compile(
    r"[^@\s\"(),:;<>\[\\\]]{1,64}@(?:[\w](?:[\w-]{0,61}[\w])?\.)+[\w][\w-]{0,61}[\w]"
)
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{4,28}[0-9]")
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written(value: object) -> object:
    # pydantic also takes numbers, as seconds or milliseconds: the document does not say so.
    if isinstance(value, int | float) or (isinstance(value, str) and not _DAY.match(value)):
        raise ValueError("must be written as in RFC 3339")
    return value


def _reachable(value: datetime) -> datetime:
    # Days and months are counted from it: at the calendar's ends they would lead out of it.
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"must be of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return value


def _line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must not hold control characters")
    value = unicodedata.normalize("NFC", value).strip()
    if not value:
        raise ValueError("must not be empty")
    return value


def _email(value: str) -> str:
    value = _line(value)
    if not _EMAIL.fullmatch(value):
        raise ValueError("must be an e-mail address")
    return value


def _phone(value: str) -> str:
    if not _PHONE.fullmatch(value):
        raise ValueError("must be a phone number")
    return value


Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_line)]
"""One line of text: no control characters, NFC, trimmed, not empty, at most 200 characters."""

Email = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(_email),
    Field(json_schema_extra={"format": "email"}, examples=["ada@example.com"]),
]
Phone = Annotated[
    str,
    StringConstraints(max_length=30),
    AfterValidator(_phone),
    Field(examples=["+82 10 1234 5678"]),
]
Instant = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_reachable)]
"""A date and time with its zone, as in RFC 3339, of the years 1900 to 2999."""
Day = Annotated[date, BeforeValidator(_written)]
"""A full date, as in RFC 3339."""
DecimalText = Annotated[
    Decimal,
    PlainSerializer(plain, return_type=str, when_used="json"),
    Field(json_schema_extra={"format": "decimal"}, examples=["12.5"]),
]
"""An exact number, as a decimal string in JSON."""


def _rounded(value: Decimal) -> str:
    return plain(value.quantize(Decimal("0.000001"), ROUND_HALF_EVEN) + 0)


Rounded = Annotated[
    Decimal,
    PlainSerializer(_rounded, return_type=str, when_used="json"),
    Field(json_schema_extra={"format": "decimal"}, examples=["12.5"]),
]
"""What rests on an average or a quotient: rounded half to even to six places, here and nowhere before."""


class Command(BaseModel):
    """A request body: unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MoneyView(BaseModel):
    """An amount on the wire: a decimal string with its currency."""

    amount: DecimalText
    currency: str = Field(examples=["USD"], description="ISO 4217")


def email_key(email: str) -> str:
    """What makes two addresses the same: without regard to case and Unicode form (ID-2)."""
    return unicodedata.normalize("NFKC", email).casefold()
