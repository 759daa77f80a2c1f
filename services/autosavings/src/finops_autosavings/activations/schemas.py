"""Activations on the wire."""

from uuid import UUID

from pydantic import BaseModel, Field

from finops_autosavings.accounts.domain import Use, WhyNot
from finops_common.contracts.ingestion import ConnectionStatus, Provider
from finops_common.schemas import Command


class NewActivation(Command):
    cloud_account_id: UUID


class AccountPossibility(BaseModel):
    use: Use
    possible: bool
    why_not: list[WhyNot]
    missing: list[str] = Field(
        description="the provider's actions to grant", examples=[["savingsplans:CreateSavingsPlan"]]
    )


class ActivationCandidate(BaseModel):
    """A cloud account, what autosavings could do with it, and whether it does."""

    cloud_account_id: UUID
    provider: Provider
    account_id: str
    payer_account_id: str
    status: ConnectionStatus
    active: bool
    possibilities: list[AccountPossibility]


class ActivationCandidates(BaseModel):
    items: list[ActivationCandidate]
