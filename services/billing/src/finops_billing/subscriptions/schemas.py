"""Subscriptions on the wire."""

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from finops_billing.subscriptions.domain import Cause, NoInvoice
from finops_common.contracts.billing import Edition, Entitlement, State
from finops_common.schemas import Command


class NewSubscription(Command):
    """An edition for the company, or AutoSavings for chosen cloud accounts."""

    edition: Edition
    cloud_account_ids: tuple[UUID, ...] = Field(
        default=(), max_length=500, description="for the AutoSavings edition, and for it alone"
    )

    @model_validator(mode="after")
    def _accounts_for_autosavings(self) -> Self:
        if (self.edition == "autosavings") != bool(self.cloud_account_ids):
            raise ValueError("cloud_account_ids belong to the AutoSavings edition, and it to them")
        return self


class TiedTo(BaseModel):
    """What a subscription is for."""

    kind: Literal["company", "cloud_accounts"]
    cloud_account_ids: list[UUID]


class SubscriptionView(BaseModel):
    id: UUID
    edition: Edition
    state: State
    price_list_version: str = Field(description="kept for as long as the subscription lasts")
    currency: str
    tied_to: TiedTo
    trial_ends_at: datetime | None
    started_at: datetime
    ended_at: datetime | None


class SubscriptionStateChange(BaseModel):
    subscription_id: UUID
    edition: Edition
    state: State
    cause: Cause
    at: datetime


class SubscriptionOverview(BaseModel):
    """A company's subscriptions at a glance."""

    company_id: UUID
    edition: Edition | None = Field(description="for the company as a whole; null: none")
    state: State | None
    trial_ends_at: datetime | None
    next_invoice_on: date | None
    no_invoice_because: NoInvoice | None
    entitlements: list[Entitlement]
    subscriptions: list[SubscriptionView] = Field(description="ended ones included")
    history: list[SubscriptionStateChange] = Field(description="the newest 200 changes")
