"""Line items: narrow Parquet per billing period."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.normalise import bracketed, keyed_sql, records_sql, select
from finops_ingestion.bills.tag_sets import build_tag_sets, write_tag_sets

STORED = (
    "charge_start",
    "charge_end",
    "provider",
    "payer_account_id",
    "account_id",
    "service",
    "region",
    "zone",
    "resource_id",
    "sku_id",
    "usage_type",
    "operation",
    "instance_type",
    "charge_category",
    "charge_class",
    "charge_kind",
    "pricing_category",
    "commitment_id",
    "commitment_type",
    "commitment_status",
    "commitment_unit",
    "commitment_quantity",
    "usage_unit",
    "usage_quantity",
    "list_cost",
    "contracted_cost",
    "billed_cost",
    "effective_cost",
    "currency",
    "tag_set_id",
)
"""The columns of a stored line; the billing period is the folder's name."""

EXTRA = ("charge_start", "charge_end", "resource_id", "tags")
"""What a line item shows beyond the hourly record."""

NAMED = ("payer_account_name", "account_name")
"""Names of accounts, which a FOCUS file gives beside their ids."""
INVOICE = "invoice_id"
"""A key of every bill's lines: null where the bill names no invoice, or not yet."""


def write_line_items(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    lines: str,
    periods: Sequence[str],
    directory: Path,
    more: Sequence[str] = (),
) -> None:
    """Write `items/billing_period=YYYY-MM/part-0.parquet` per period, and the tag sets.

    `lines` is a relation of early keys, sums, `EXTRA`, `more` and refusal, one row a bill line;
    `more` names keys or shown values that items have beside what is stored.
    """
    build_tag_sets(connection, lines)
    write_tag_sets(connection, directory)
    counted = select(
        [
            "* EXCLUDE (tags)",
            "1 AS lines",
            "CASE WHEN public_cost IS NULL THEN 0 ELSE 1 END AS priced",
        ],
        f"{bracketed(keyed_sql(mapping, lines))} LEFT JOIN tag_ids USING (tags)",
    )
    extra = ("charge_start", "charge_end", "resource_id", "tag_set_id", *more)
    records = bracketed(records_sql(mapping, bracketed(counted), extra))
    for period in periods:
        folder = directory / "items" / f"billing_period={period}"
        folder.mkdir(parents=True)
        query = select(
            (*STORED, *more), records, f"WHERE billing_period = DATE {literal(period + '-01')}"
        )
        target = literal(str(folder / "part-0.parquet"))
        connection.execute(f"COPY ({query}) TO {target} (FORMAT parquet, COMPRESSION zstd)")
