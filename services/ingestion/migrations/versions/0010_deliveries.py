"""Deliveries of FOCUS files to customers' own buckets, and their runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from finops_common.db.migrations import guard

revision = "0010"
down_revision = "0009"

SERVICE = "ingestion"
INSTANT = sa.DateTime(timezone=True)
ACTIVE = "state IN ('queued', 'running', 'retrying')"
DELIVERY = ["deliveries.organization_id", "deliveries.id"]


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("terms", JSONB, nullable=False),
        sa.Column("proven_at", INSTANT),
        sa.Column("cause", sa.Text),
        sa.Column("checked_at", INSTANT),
        sa.Column("delivered_at", INSTANT),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
    )
    op.create_index("deliveries_due", "deliveries", ["due_at"], postgresql_where=sa.text("enabled"))
    op.create_table(
        "delivery_months",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("delivery_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("run_id", sa.Uuid, nullable=False),
        sa.Column("again_at", INSTANT),
        sa.Column("delivered_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "delivery_id"],
            DELIVERY,
            name="delivery_months_delivery",
            ondelete="CASCADE",
        ),
    )
    _runs()
    for table in ("deliveries", "delivery_months", "delivery_runs"):
        guard(SERVICE, table, organization="organization_id", company="company_id")


def _runs() -> None:
    op.create_table(
        "delivery_runs",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("delivery_id", sa.Uuid, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("anew", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", sa.Uuid),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("files", JSONB, nullable=False),
        sa.Column("again_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.ForeignKeyConstraint(
            ["organization_id", "delivery_id"],
            DELIVERY,
            name="delivery_runs_delivery",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "delivery_runs_of", "delivery_runs", ["organization_id", "delivery_id", "created_at"]
    )
    op.create_index(
        "delivery_runs_one_at_a_time",
        "delivery_runs",
        ["organization_id", "delivery_id"],
        unique=True,
        postgresql_where=sa.text(ACTIVE),
    )
