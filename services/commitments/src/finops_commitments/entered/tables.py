"""Planned changes and spend contracts, one row each."""

from sqlalchemy import Column, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from finops_commitments.tables import metadata

entered = Table(
    "entered",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_by", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
