"""FOCUS 1.4 cost and usage, by any provider; ProviderName and PublisherName are gone."""

from finops_ingestion.bills.schemas.focus import focus_mapping

MAPPING = focus_mapping("focus-1.4", "FOCUS 1.4 cost and usage")
