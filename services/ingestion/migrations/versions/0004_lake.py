"""Iceberg tables: what has been published of which revision, whose turn it is, the catalog."""

import sqlalchemy as sa
from alembic import op

from finops_common.db.migrations import guard

revision = "0004"
down_revision = "0003"

SERVICE = "ingestion"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _publications()
    _turns()
    _catalog()
    guard(SERVICE, "lake_publications", organization="organization_id", company="company_id")
    guard(SERVICE, "lake_turns", organization="organization_id", company="company_id")
    # A catalog row names an organization in text that no scope is compared with: only the
    # publisher, under the system role, reads and writes them.
    guard(SERVICE, "iceberg_tables")
    guard(SERVICE, "iceberg_namespace_properties")


def _publications() -> None:
    op.create_table(
        "lake_publications",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("snapshot_id", sa.BigInteger),
        sa.Column("published_at", INSTANT, nullable=False),
    )


def _turns() -> None:
    op.create_table(
        "lake_turns",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("free_at", INSTANT, nullable=False),
        sa.Column("kept_at", INSTANT),
    )


def _catalog() -> None:
    """The tables of Iceberg's SQL catalog, as its specification names them."""
    op.create_table(
        "iceberg_tables",
        sa.Column("catalog_name", sa.String(255), primary_key=True),
        sa.Column("table_namespace", sa.String(255), primary_key=True),
        sa.Column("table_name", sa.String(255), primary_key=True),
        sa.Column("metadata_location", sa.String(1000)),
        sa.Column("previous_metadata_location", sa.String(1000)),
        sa.Column("iceberg_type", sa.String(5)),
    )
    op.create_table(
        "iceberg_namespace_properties",
        sa.Column("catalog_name", sa.String(255), primary_key=True),
        sa.Column("namespace", sa.String(255), primary_key=True),
        sa.Column("property_key", sa.String(255), primary_key=True),
        sa.Column("property_value", sa.String(1000), nullable=False),
    )
