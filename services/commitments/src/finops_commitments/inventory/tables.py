"""Snapshots of what the provider's APIs list, kept in parts until one is whole."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from finops_commitments.tables import metadata

inventory_parts = Table(
    "inventory_parts",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("billing_source_id", Uuid, primary_key=True),
    Column("snapshot", Uuid, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("payer_account_id", Text, nullable=False),
    Column("listed_at", DateTime(timezone=True), nullable=False),
    Column("current", Boolean, nullable=False, comment="of the snapshot that counts"),
    Column("commitments", JSONB, nullable=False),
)
Index("inventory_parts_source", inventory_parts.c.company_id, inventory_parts.c.billing_source_id)
