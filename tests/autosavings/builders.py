"""Accounts, advice and policies with defaults that never matter."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from finops_common.contracts.commitments_queries import Recommendation
from finops_common.contracts.ingestion_queries import CloudAccountFacts, MissingRights

PAYER = "111122223333"
PURCHASE = MissingRights(
    capability="purchase",
    actions=("savingsplans:ReturnSavingsPlan", "savingsplans:CreateSavingsPlan"),
)


def an_account(**changes: Any) -> CloudAccountFacts:  # noqa: ANN401 - fields of CloudAccountFacts
    """A connected AWS payer with read-only rights and fresh data."""
    facts: dict[str, Any] = {
        "id": uuid4(),
        "provider": "AWS",
        "account_id": PAYER,
        "payer_account_id": PAYER,
        "status": "healthy",
        "granted": frozenset({"bills", "commitments", "resources"}),
        "missing": (PURCHASE,),
        "data_until": datetime.now(UTC) - timedelta(hours=3),
        "last_import_state": "healthy",
    }
    return CloudAccountFacts(**facts | changes)


def advice(hourly: str = "10", **changes: Any) -> Recommendation:  # noqa: ANN401 - fields of Recommendation
    """One year without upfront; a month it saves 100 times the hourly amount."""
    amount = Decimal(hourly)
    facts: dict[str, Any] = {
        "id": uuid4(),
        "payer_account_id": PAYER,
        "term_years": 1,
        "payment_option": "No Upfront",
        "currency": "USD",
        "hourly_commitment": amount,
        "upfront": Decimal(0),
        "total_commitment": amount * 8760,
        "monthly_savings": amount * 100,
        "monthly_savings_if_usage_falls": {20: amount * 40, 40: amount * -60},
        "coverage_before_percent": Decimal("12.5"),
        "coverage_after_percent": Decimal(75),
        "utilization_percent": Decimal(99),
        "savings_rate_percent": Decimal(21),
        "break_even_months": None,
        "break_even_utilization_percent": Decimal(72),
        "lookback_since": datetime(2026, 8, 1, tzinfo=UTC),
        "lookback_until": datetime(2026, 10, 30, tzinfo=UTC),
        "offer_rate_date": datetime.now(UTC).date(),
        "leaves_out": ("existing plans stay as they are",),
    }
    return Recommendation(**facts | changes)
