"""Users, and what they consented to."""

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid

from finops_identity.tables import metadata

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False, unique=True),
    Column("email_verified_at", DateTime(timezone=True)),
    Column("password_hash", Text, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("company_name", Text, nullable=False),
    Column("department", Text),
    Column("phone", Text),
    Column("language", Text, nullable=False),
    Column("marketing", Boolean, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("text_version", Text, nullable=False),
    Column("given", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("ip", Text),
    Column("at", DateTime(timezone=True), nullable=False),
)
Index("consents_user", consents.c.user_id, consents.c.at)
