"""Billing sources of detached accounts: their history stays, nothing is advised from it."""

import sqlalchemy as sa
from alembic import op

from finops_common.db.migrations import guard

revision = "0002"
down_revision = "0001"

SERVICE = "commitments"


def upgrade() -> None:
    op.create_table(
        "ended_sources",
        sa.Column("company_id", sa.Uuid, primary_key=True),
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
    )
    guard(SERVICE, "ended_sources", company="company_id")
