"""Findings, what the last assessment rested on, and each organization's thresholds."""

from sqlalchemy import Column, DateTime, Index, Integer, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from finops_commitments.tables import metadata

INSTANT = DateTime(timezone=True)

findings = Table(
    "findings",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("commitment_id", Text),
    Column("severity", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("opened_at", INSTANT, nullable=False),
    Column("closed_at", INSTANT),
)
Index(
    "findings_open",
    findings.c.organization_id,
    findings.c.kind,
    findings.c.subject,
    unique=True,
    postgresql_where=findings.c.closed_at.is_(None),
)

assessments = Table(
    "assessments",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("basis", Text, nullable=False),
    Column("payers", ARRAY(Text), nullable=False),
    Column("advised", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    Column("assessed_at", INSTANT, nullable=False),
)
Index("assessments_payers", assessments.c.payers, postgresql_using="gin")

thresholds = Table(
    "thresholds",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("utilization_percent", Numeric(5, 2), nullable=False),
    Column("coverage_drop_points", Numeric(5, 2), nullable=False, server_default="10"),
    Column("changed_at", INSTANT, nullable=False),
)
