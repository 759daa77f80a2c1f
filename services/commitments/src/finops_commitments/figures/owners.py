"""Whose a commitment is, by its id: AWS names an account, Azure a subscription, Google a project."""

import re

OWNER = r"^(?:arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):|/subscriptions/([^/]+)/|(?://[^/]+/)?projects/([^/]+)/)"
"""Exactly one group holds the owner; Azure's reservation orders and others name nobody."""

_PREFIX = "/subscriptions/"
_BILLING_ACCOUNT = re.compile(r"/providers/Microsoft\.Billing/billingAccounts/([^/]+)(?:/.*)?")


def owner_of(commitment_id: str) -> str | None:
    """The account, subscription or project that owns the commitment; None where the id is silent."""
    found = re.match(OWNER, commitment_id)
    return next((each for each in found.groups() if each), None) if found else None


def account_name(account_id: str) -> str:
    """An account's id as commitments name it: FOCUS writes Azure's with a path before it."""
    return account_id.removeprefix(_PREFIX).lower()


def payer_name(payer_account_id: str) -> str:
    """A payer's id as it is registered: FOCUS writes Azure's with a path before and behind it."""
    found = _BILLING_ACCOUNT.fullmatch(payer_account_id)
    return found[1] if found else payer_account_id
