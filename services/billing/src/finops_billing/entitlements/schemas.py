"""Entitlements on the wire."""

from pydantic import BaseModel, Field

from finops_common.contracts.billing import Edition, Entitlement, State


class EntitlementRow(BaseModel):
    edition: Edition
    state: State
    allows: list[Entitlement]


class EntitlementTable(BaseModel):
    """The data services enforce and `GET /me/access` shows."""

    version: int
    without_subscription: list[Entitlement]
    rows: list[EntitlementRow] = Field(description="one per edition and state")
