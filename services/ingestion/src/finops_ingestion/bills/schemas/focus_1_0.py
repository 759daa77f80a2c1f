"""FOCUS 1.0 cost and usage, by any provider."""

from finops_ingestion.bills.schemas.focus import focus_mapping

MAPPING = focus_mapping("focus-1.0", "FOCUS 1.0 cost and usage")
