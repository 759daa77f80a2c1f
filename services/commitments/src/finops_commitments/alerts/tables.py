"""Every alert that was sent."""

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from finops_commitments.tables import metadata

alerts = Table(
    "alerts",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    # The notice's id too.
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("occasion", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("matter", Text, nullable=False, server_default=""),
    Column("recipients", JSONB, nullable=False),
    Column("acknowledged_by", Uuid),
    Column("acknowledged_at", DateTime(timezone=True)),
)
Index("alerts_raised", alerts.c.organization_id, alerts.c.raised_at, alerts.c.id)
