"""FOCUS 1.2 cost and usage, by any provider; 1.1, which lacks some of its columns, reads as it."""

from finops_ingestion.bills.schemas.focus import focus_mapping

MAPPING = focus_mapping("focus-1.2", "FOCUS 1.2 cost and usage")
