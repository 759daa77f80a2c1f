"""Cost groups: ingestion's rules (ING-34), over hourly records (COM-20, COM-21)."""
