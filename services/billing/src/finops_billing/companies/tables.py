"""The mirror of org-rbac's companies."""

from sqlalchemy import Column, Integer, Table, Text, Uuid

from finops_billing.tables import metadata

companies = Table(
    "companies",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("region", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("version", Integer, nullable=False),
)
