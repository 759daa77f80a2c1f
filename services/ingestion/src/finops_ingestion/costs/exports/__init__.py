"""Answers about costs, and the bills' lines, as files: CSV, XLSX and Parquet, streamed."""
