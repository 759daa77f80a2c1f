"""Organizations; a deleted one keeps its row and frees its name and slot."""

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from finops_org_rbac.tables import metadata

organizations = Table(
    "organizations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, ForeignKey("companies.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
    UniqueConstraint("company_id", "id", name="organizations_in_company"),
)
Index(
    "organizations_name",
    organizations.c.company_id,
    organizations.c.name_key,
    unique=True,
    postgresql_where=organizations.c.deleted_at.is_(None),
)
