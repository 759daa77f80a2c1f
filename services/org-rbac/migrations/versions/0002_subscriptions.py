"""The mirror of billing's subscriptions."""

import sqlalchemy as sa
from alembic import op

from finops_common.db.migrations import guard

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("company_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    guard("org-rbac", "subscriptions", company="company_id")
