"""Parts as they came, attempts that ended, and which revision counts, per stream and tenant."""

from sqlalchemy import Column, Date, DateTime, Index, Integer, LargeBinary, Table, Text, Uuid

from finops_commitments.tables import metadata

INSTANT = DateTime(timezone=True)

cost_streams = Table(
    "cost_streams",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("billing_source_id", Uuid, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("revision", Integer, nullable=False, comment="-1 before the first"),
    Column("attempt", Uuid),
)

cost_attempts = Table(
    "cost_attempts",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("billing_source_id", Uuid, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("attempt", Uuid, primary_key=True),
    Column("state", Text, nullable=False, comment="committed and waiting for parts, or failed"),
    Column("parts", Integer),
    Column("finality", Text),
    Column("as_of", INSTANT),
    Column("ended_at", INSTANT, nullable=False),
)

cost_hour_parts = Table(
    "cost_hour_parts",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("billing_source_id", Uuid, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("attempt", Uuid, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("first_hour", INSTANT, nullable=False),
    Column("last_hour", INSTANT, nullable=False),
    Column("records", LargeBinary, nullable=False),
    Column("daily", LargeBinary, comment="the same by day; null of parts kept before there were"),
)
Index(
    "cost_hour_parts_stream",
    cost_hour_parts.c.company_id,
    cost_hour_parts.c.billing_source_id,
    cost_hour_parts.c.period,
)

cost_revisions = Table(
    "cost_revisions",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("billing_source_id", Uuid, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("attempt", Uuid, nullable=False),
    Column("finality", Text, nullable=False),
    Column("as_of", INSTANT, nullable=False),
    Column("first_hour", INSTANT, nullable=False),
    Column("last_hour", INSTANT, nullable=False),
    Column("swapped_at", INSTANT, nullable=False),
)
Index(
    "cost_revisions_stream",
    cost_revisions.c.company_id,
    cost_revisions.c.billing_source_id,
    cost_revisions.c.period,
)
