"""Channels of organizations, and each call of one about a notice."""

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from finops_org_rbac.tables import metadata

INSTANT = DateTime(timezone=True)

channels = Table(
    "notice_channels",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("categories", ARRAY(Text), nullable=False),
    Column("severity", Text, nullable=False),
    Column("host", Text, nullable=False),
    # Who knows a Slack or Teams address may write there: it is a secret itself.
    Column("sealed_url", LargeBinary, nullable=False),
    Column("sealed_secret", LargeBinary),
    Column("created_at", INSTANT, nullable=False),
)

calls = Table(
    "notice_calls",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("channel_id", Uuid, nullable=False),
    Column("notice_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("changed_at", INSTANT, nullable=False),
)
Index(
    "notice_calls_failing",
    calls.c.organization_id,
    calls.c.channel_id,
    postgresql_where=calls.c.reason.is_not(None),
)
