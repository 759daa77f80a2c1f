"""Activations; one that has ended keeps its row."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Uuid

from finops_autosavings.tables import metadata

activations = Table(
    "activations",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("cloud_account_id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("activated_by", Uuid, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
)
Index(
    "activations_active",
    activations.c.organization_id,
    activations.c.since,
    postgresql_where=activations.c.active,
)
