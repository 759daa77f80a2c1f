"""What could be done with a cloud account, and why not (AUTO-1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from finops_common.contracts.billing import Entitlement
from finops_common.contracts.ingestion_queries import Capability, CloudAccountFacts

Use = Literal["plan", "purchase", "resale"]
WhyNot = Literal[
    "edition_does_not_allow",
    "provider_not_supported",
    "not_connected",
    "rights_missing",
    "payer_is_reseller",
    "uploads_only",
]

NEEDS: dict[Use, tuple[Capability, ...]] = {
    "plan": ("bills", "commitments"),
    "purchase": ("bills", "commitments", "purchase"),
    "resale": ("bills", "commitments", "resale"),
}
"""Read-only rights are enough for plans; the others are granted one by one."""
_ENTITLEMENT: dict[Use, Entitlement] = {
    "plan": Entitlement.PLAN,
    "purchase": Entitlement.PURCHASE,
    "resale": Entitlement.PURCHASE,
}
_UNUSABLE = {"pre_registration", "error", "to_be_deleted"}


@dataclass(frozen=True, slots=True)
class Possibility:
    """Whether one use of an account is possible; `missing` are the provider's exact actions."""

    use: Use
    why_not: tuple[WhyNot, ...]
    missing: tuple[str, ...]

    @property
    def possible(self) -> bool:
        return not self.why_not


def possibilities(
    account: CloudAccountFacts, allowed: frozenset[Entitlement]
) -> tuple[Possibility, ...]:
    """Every use, in the order plan, purchase, resale."""
    return tuple(
        Possibility(use, tuple(_why_not(account, allowed, use)), _missing(account, use))
        for use in NEEDS
    )


def _why_not(
    account: CloudAccountFacts, allowed: frozenset[Entitlement], use: Use
) -> Iterator[WhyNot]:
    if _ENTITLEMENT[use] not in allowed:
        yield "edition_does_not_allow"
    if account.provider != "AWS":
        yield "provider_not_supported"
    if account.status in _UNUSABLE:
        yield "not_connected"
    if not account.granted.issuperset(NEEDS[use]):
        yield "rights_missing"
    if use == "plan":
        return
    # Since June 2025 a commitment serves one end customer: never in a partner's account.
    if account.payer_is_reseller:
        yield "payer_is_reseller"
    if account.from_uploads_only:
        yield "uploads_only"


def _missing(account: CloudAccountFacts, use: Use) -> tuple[str, ...]:
    lacking = [each for each in account.missing if each.capability in NEEDS[use]]
    return tuple(sorted({action for each in lacking for action in each.actions}))
