"""FOCUS 1.3 cost and usage, by any provider: split costs stand on lines of their own."""

from finops_ingestion.bills.schemas.focus import focus_mapping

MAPPING = focus_mapping("focus-1.3", "FOCUS 1.3 cost and usage")
