"""Pausing imports, detaching accounts, moving them between organizations."""

import sqlalchemy as sa
from alembic import op

from finops_common.db.migrations import guard

revision = "0005"
down_revision = "0004"

SERVICE = "ingestion"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _pauses()
    _moves()


def _pauses() -> None:
    not_asked = sa.Column("pause_requested", sa.Boolean, nullable=False, server_default="false")
    op.add_column("imports", not_asked)
    op.add_column("imports", sa.Column("job_id", sa.Uuid))
    op.add_column("imports", sa.Column("resumed_at", INSTANT))
    op.drop_index("imports_one_at_a_time", "imports")
    for name, which in (("imports_one_at_a_time", "<>"), ("imports_one_move_at_a_time", "=")):
        op.create_index(
            name,
            "imports",
            ["billing_source_id", "period"],
            unique=True,
            postgresql_where=sa.text(
                f"state IN ('queued', 'running', 'paused') AND cause {which} 'move'"
            ),
        )


def _moves() -> None:
    op.add_column("billing_periods", sa.Column("owners", sa.Text))
    op.create_table(
        "cloud_account_moves",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("cloud_account_id", sa.Uuid, nullable=False),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("from_organization_id", sa.Uuid, nullable=False),
        sa.Column("to_organization_id", sa.Uuid, nullable=False),
        sa.Column("moved_by", sa.Uuid),
        sa.Column("moved_at", INSTANT, nullable=False),
    )
    op.create_index("cloud_account_moves_account", "cloud_account_moves", ["cloud_account_id"])
    guard(SERVICE, "cloud_account_moves", "SELECT, INSERT", company="company_id")
