"""The mirror of billing's subscriptions."""

from sqlalchemy import ARRAY, Column, Integer, Table, Text, Uuid

from finops_autosavings.tables import metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("cloud_account_ids", ARRAY(Uuid), nullable=False),
    Column("version", Integer, nullable=False),
)
