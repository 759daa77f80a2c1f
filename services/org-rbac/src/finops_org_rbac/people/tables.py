"""The mirror of identity's users."""

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid

from finops_org_rbac.tables import metadata

people = Table(
    "people",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False, index=True),
    Column("email_verified", Boolean, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("mfa", Boolean, nullable=False, server_default="false"),
    Column("last_login_at", DateTime(timezone=True)),
)
