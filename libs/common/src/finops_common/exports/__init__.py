"""Tables as files: CSV, XLSX and Parquet, streamed. Needs the extra `exports`."""
