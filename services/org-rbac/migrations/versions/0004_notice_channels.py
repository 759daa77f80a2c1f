"""Channels that are told of notices, and each call of one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from finops_common.db.migrations import guard

revision = "0004"
down_revision = "0003"

SERVICE = "org-rbac"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notice_channels",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("categories", ARRAY(sa.Text), nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("sealed_url", sa.LargeBinary, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    op.create_table(
        "notice_calls",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("channel_id", sa.Uuid, nullable=False),
        sa.Column("notice_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        sa.Column("changed_at", INSTANT, nullable=False),
    )
    op.create_index(
        "notice_calls_failing",
        "notice_calls",
        ["organization_id", "channel_id"],
        postgresql_where=sa.text("reason IS NOT NULL"),
    )
    for table in ("notice_channels", "notice_calls"):
        guard(SERVICE, table, organization="organization_id", company="company_id")
