"""Price lists of commitments, dated: read from ingestion when it says that one exists."""
