"""Price lists on the wire."""

from datetime import date

from pydantic import BaseModel, Field

from finops_billing.price_lists.domain import Payment
from finops_common.contracts.billing import Edition
from finops_common.schemas import DecimalText, MoneyView


class TierView(BaseModel):
    up_to: MoneyView | None = Field(description="cloud spend of the month; null: any above")
    monthly_fee: MoneyView


class EditionPriceView(BaseModel):
    edition: Edition
    payment: Payment
    tiers: list[TierView] = Field(description="in order of spend, per currency")
    savings_share_percent: DecimalText | None = Field(description="of realised savings")


class TrialOfferView(BaseModel):
    days: int
    campaign_from: date
    campaign_until: date | None


class PriceListView(BaseModel):
    """One version; a subscription keeps the version it was bought under."""

    version: str
    effective_from: date
    trial: TrialOfferView
    editions: list[EditionPriceView]
