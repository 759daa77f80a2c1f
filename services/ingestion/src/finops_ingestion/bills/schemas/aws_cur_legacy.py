"""The legacy AWS Cost and Usage Report: CSV, CSV.gz or Parquet, columns that vary by month."""

from finops_ingestion.bills.schemas.aws_cur import cur_mapping

MAPPING = cur_mapping("aws-cur-legacy", "AWS Cost and Usage Report (legacy)")
