"""Retention: monthly partitions, dropped whole behind a signed checkpoint."""
