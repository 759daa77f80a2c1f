"""Revisions of hourly cost records: kept as they come, swapped in whole."""
