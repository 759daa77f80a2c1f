"""Reconciliations on the wire; money as exact decimal text."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field

from finops_common.contracts.ingestion import Finality
from finops_common.schemas import Command, DecimalText
from finops_ingestion.reconciliation.domain import State


class InvoiceAmount(Command):
    """What the invoice comes to, as it is printed there."""

    amount: Decimal = Field(max_digits=27, decimal_places=12, examples=["1234.56"])
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["USD"])


class ChargeView(BaseModel):
    issuer: str | None
    charge_category: str
    kind: str = Field(description="usage, purchase, tax, credit, refund, adjustment or rounding")
    billed: DecimalText = Field(description="the bill's own cost column")
    recorded: DecimalText = Field(description="our records")
    lines: int


class StatementView(BaseModel):
    amount: DecimalText
    stated_by: Literal["person", "bill"] = Field(
        description="bill: the lines of a closed month that name the invoice come to this"
    )
    stated_at: datetime | None


class PartsView(BaseModel):
    """Why the invoice differs from our records; the parts add up to the difference exactly."""

    tax: DecimalText
    credit: DecimalText
    refund: DecimalText
    rounding: DecimalText = Field(description="at most half a minor unit for each kind of lines")
    late: DecimalText = Field(description="of lines that came after the month was first closed")
    unexplained: DecimalText


class InvoiceView(BaseModel):
    invoice_id: str | None = Field(description="null: lines that name no invoice (yet)")
    issuers: tuple[str, ...]
    currency: str
    recorded: DecimalText
    billed: DecimalText
    charges: tuple[ChargeView, ...]
    stated: StatementView | None
    difference: DecimalText | None = Field(description="what the invoice has more than our records")
    parts: PartsView | None
    state: State


class SumView(BaseModel):
    currency: str
    recorded: DecimalText = Field(description="what our records add up to")
    billed: DecimalText = Field(description="what the bill's own cost column adds up to")
    difference: DecimalText


class ReconciliationView(BaseModel):
    period: date
    revision: int
    finality: Finality | None
    state: State = Field(
        description="reconciled: equal but for rounding; explained: every difference has its"
        " cause; open: something is not stated yet, or not explained"
    )
    sums: tuple[SumView, ...]
    invoices: tuple[InvoiceView, ...]
