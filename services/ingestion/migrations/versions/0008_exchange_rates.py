"""Exchange rates that an organization states."""

import sqlalchemy as sa
from alembic import op

from finops_common.db.migrations import guard

revision = "0008"
down_revision = "0007"

SERVICE = "ingestion"


def upgrade() -> None:
    op.create_table(
        "exchange_rates",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("from_currency", sa.Text, primary_key=True),
        sa.Column("to_currency", sa.Text, primary_key=True),
        sa.Column("since", sa.Date, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("rate", sa.Numeric(22, 10), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
    )
    guard(SERVICE, "exchange_rates", organization="organization_id", company="company_id")
