"""Drafts of registrations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from finops_common.db.migrations import guard

revision = "0011"
down_revision = "0010"

SERVICE = "ingestion"


def upgrade() -> None:
    op.create_table(
        "account_drafts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("answers", JSONB, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("created_by", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "account_drafts_of_organization", "account_drafts", ["organization_id", "changed_at"]
    )
    op.create_index("account_drafts_by_age", "account_drafts", ["changed_at"])
    guard(SERVICE, "account_drafts", organization="organization_id", company="company_id")
