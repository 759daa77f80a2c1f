"""What has been published of which revision, whose turn it is, and Iceberg's SQL catalog."""

import sqlalchemy as sa

from finops_ingestion.tables import metadata

INSTANT = sa.DateTime(timezone=True)

publications = sa.Table(
    "lake_publications",
    metadata,
    sa.Column("organization_id", sa.Uuid, primary_key=True),
    sa.Column("billing_source_id", sa.Uuid, primary_key=True),
    sa.Column("period", sa.Date, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    # One that holds the revision; the first, unless a crash came between commit and this row.
    sa.Column("snapshot_id", sa.BigInteger),
    sa.Column("published_at", INSTANT, nullable=False),
)

turns = sa.Table(
    "lake_turns",
    metadata,
    sa.Column("organization_id", sa.Uuid, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    # Until then one worker has the organization's tables to itself.
    sa.Column("free_at", INSTANT, nullable=False),
    sa.Column("kept_at", INSTANT),
)

# The two below are written by pyiceberg, which would make them at run time: here migrations do.
sa.Table(
    "iceberg_tables",
    metadata,
    sa.Column("catalog_name", sa.String(255), primary_key=True),
    sa.Column("table_namespace", sa.String(255), primary_key=True),
    sa.Column("table_name", sa.String(255), primary_key=True),
    sa.Column("metadata_location", sa.String(1000)),
    sa.Column("previous_metadata_location", sa.String(1000)),
    sa.Column("iceberg_type", sa.String(5)),
)
sa.Table(
    "iceberg_namespace_properties",
    metadata,
    sa.Column("catalog_name", sa.String(255), primary_key=True),
    sa.Column("namespace", sa.String(255), primary_key=True),
    sa.Column("property_key", sa.String(255), primary_key=True),
    sa.Column("property_value", sa.String(1000), nullable=False),
)
