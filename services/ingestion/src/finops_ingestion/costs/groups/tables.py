"""Cost groups: one row per version of the whole document, none ever changed."""

from sqlalchemy import Column, DateTime, Integer, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from finops_ingestion.tables import metadata

cost_group_versions = Table(
    "cost_group_versions",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("changed_by", Uuid, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
