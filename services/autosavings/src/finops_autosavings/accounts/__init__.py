"""Cloud accounts: what ingestion says of them, and what we could do with each."""
