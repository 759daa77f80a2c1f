"""AWS CUR 2.0 (Data Exports): a fixed schema with nested maps, or flattened by its owner."""

from finops_ingestion.bills.schemas.aws_cur import cur_mapping

MAPPING = cur_mapping("aws-cur-2.0", "AWS CUR 2.0 data export")
