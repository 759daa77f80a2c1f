"""Versions of the rules that sort an organization's costs into groups."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from finops_common.db.migrations import guard

revision = "0007"
down_revision = "0006"

SERVICE = "ingestion"
KEPT = "SELECT, INSERT"
"""Rights on history: nobody changes a version."""


def upgrade() -> None:
    op.create_table(
        "cost_group_versions",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("changed_by", sa.Uuid, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    guard(
        SERVICE,
        "cost_group_versions",
        KEPT,
        organization="organization_id",
        company="company_id",
    )
