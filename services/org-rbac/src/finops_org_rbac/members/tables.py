"""Memberships: of a company, and of its organizations with a role."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)

from finops_org_rbac.tables import metadata

company_members = Table(
    "company_members",
    metadata,
    Column("company_id", Uuid, ForeignKey("companies.id"), primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("owner", Boolean, nullable=False),
    Column("status", Text, nullable=False, server_default="active"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("joined_at", DateTime(timezone=True), nullable=False),
)
Index("company_members_user", company_members.c.user_id)

organization_members = Table(
    "organization_members",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("organization_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("role", Text, nullable=False),
    Column("joined_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(
        ["company_id", "organization_id"],
        ["organizations.company_id", "organizations.id"],
        name="organization_members_organization",
    ),
    ForeignKeyConstraint(
        ["company_id", "user_id"],
        ["company_members.company_id", "company_members.user_id"],
        name="organization_members_member",
        ondelete="CASCADE",
    ),
)
Index("organization_members_user", organization_members.c.user_id)
Index(
    "organization_members_organization_user",
    organization_members.c.organization_id,
    organization_members.c.user_id,
)
