"""The mirror of billing's subscriptions."""

from sqlalchemy import Column, Integer, Table, Text, Uuid

from finops_org_rbac.tables import metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
)
