"""Companies."""

from sqlalchemy import Column, DateTime, Integer, Table, Text, Uuid

from finops_org_rbac.tables import metadata

companies = Table(
    "companies",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("address", Text),
    Column("billing_email", Text),
    Column("support_contact", Text),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
