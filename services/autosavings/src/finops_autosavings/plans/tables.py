"""Plans: inserted, read, never changed."""

from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from finops_autosavings.tables import metadata

plans = Table(
    "plans",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("origin", Text, nullable=False),
    Column("slot", DateTime(timezone=True)),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("requested_by", Uuid),
)
Index("plans_slot", plans.c.organization_id, plans.c.slot, unique=True)
Index("plans_made_at", plans.c.organization_id, plans.c.made_at)
