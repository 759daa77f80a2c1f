"""Invitations; the link's token is kept only as a hash."""

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Index, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from finops_org_rbac.tables import metadata

invitations = Table(
    "invitations",
    metadata,
    Column("company_id", Uuid, ForeignKey("companies.id"), primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("owner", Boolean, nullable=False),
    Column("roles", JSONB, nullable=False),
    Column("language", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("invited_by", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
Index("invitations_email", invitations.c.company_id, invitations.c.email_key)
