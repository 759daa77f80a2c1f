"""Passwords on the wire."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from finops_common.schemas import Command, Email, Line


def _whole(value: SecretStr) -> SecretStr:
    try:
        value.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("must hold whole characters") from None
    return value


Password = Annotated[
    SecretStr,
    Field(max_length=1024, description="15 to 128 characters, any"),
    AfterValidator(_whole),
]
"""Longer than a password may be, so that the refusal can say why; no half of a surrogate pair."""


class PasswordChange(Command):
    old_password: Password
    new_password: Password


class ResetRequest(Command):
    email: Email


class Reset(Command):
    token: Line = Field(description="from the link in the mail")
    password: Password
