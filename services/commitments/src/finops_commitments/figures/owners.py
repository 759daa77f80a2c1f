"""Whose a commitment is, by its id: AWS names an account, Azure a subscription, Google a project."""

import re

OWNER = r"^(?:arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):|/subscriptions/([^/]+)/|(?://[^/]+/)?projects/([^/]+)/)"
"""Exactly one group holds the owner; Azure's reservation orders and others name nobody."""

_PREFIX = "/subscriptions/"


def owner_of(commitment_id: str) -> str | None:
    """The account, subscription or project that owns the commitment; None where the id is silent."""
    found = re.match(OWNER, commitment_id)
    return next((each for each in found.groups() if each), None) if found else None


def account_name(account_id: str) -> str:
    """An account's id as commitments name it: FOCUS writes Azure's with a path before it."""
    return account_id.removeprefix(_PREFIX).lower()
