"""Revisions of hourly records, inventory snapshots, price lists, findings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from finops_common.db.migrations import create_common_tables, guard

revision = "0001"
down_revision = None

SERVICE = "commitments"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_common_tables(SERVICE)
    _revisions()
    _inventory()
    _findings()
    guard(SERVICE, "cost_streams", company="company_id")
    guard(SERVICE, "cost_attempts", company="company_id")
    for table in (
        "cost_hour_parts",
        "cost_revisions",
        "inventory_parts",
        "findings",
        "assessments",
        "thresholds",
    ):
        guard(SERVICE, table, organization="organization_id", company="company_id")
    # Prices are of no tenant: only the system scope reaches them.
    guard(SERVICE, "price_lists")


def _revisions() -> None:
    op.create_table(
        "cost_streams",
        sa.Column("company_id", sa.Uuid, primary_key=True),
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False, comment="-1 before the first"),
        sa.Column("attempt", sa.Uuid),
    )
    op.create_table(
        "cost_attempts",
        sa.Column("company_id", sa.Uuid, primary_key=True),
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("attempt", sa.Uuid, primary_key=True),
        sa.Column(
            "state",
            sa.Text,
            nullable=False,
            comment="committed and waiting for parts, or failed",
        ),
        sa.Column("parts", sa.Integer),
        sa.Column("finality", sa.Text),
        sa.Column("as_of", INSTANT),
        sa.Column("ended_at", INSTANT, nullable=False),
    )
    op.create_table(
        "cost_hour_parts",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("attempt", sa.Uuid, primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("first_hour", INSTANT, nullable=False),
        sa.Column("last_hour", INSTANT, nullable=False),
        sa.Column("records", sa.LargeBinary, nullable=False),
    )
    # The bytes are compressed already: TOAST need not try.
    op.execute("ALTER TABLE cost_hour_parts ALTER COLUMN records SET STORAGE EXTERNAL")
    stream = ["company_id", "billing_source_id", "period"]
    op.create_index("cost_hour_parts_stream", "cost_hour_parts", stream)
    op.create_table(
        "cost_revisions",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Uuid, nullable=False),
        sa.Column("finality", sa.Text, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("first_hour", INSTANT, nullable=False),
        sa.Column("last_hour", INSTANT, nullable=False),
        sa.Column("swapped_at", INSTANT, nullable=False),
    )
    op.create_index("cost_revisions_stream", "cost_revisions", stream)


def _inventory() -> None:
    op.create_table(
        "inventory_parts",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("snapshot", sa.Uuid, primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.Column("payer_account_id", sa.Text, nullable=False),
        sa.Column("listed_at", INSTANT, nullable=False),
        sa.Column("current", sa.Boolean, nullable=False, comment="of the snapshot that counts"),
        sa.Column("commitments", JSONB, nullable=False),
    )
    source = ["company_id", "billing_source_id"]
    op.create_index("inventory_parts_source", "inventory_parts", source)
    op.create_table(
        "price_lists",
        sa.Column("provider", sa.Text, primary_key=True),
        sa.Column("payer_account_id", sa.Text, primary_key=True),
        sa.Column("price_list_id", sa.Uuid, nullable=False),
        sa.Column("listed_at", INSTANT, nullable=False),
        sa.Column("rates", sa.LargeBinary, nullable=False, comment="JSON rows, compressed"),
    )


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("commitment_id", sa.Text),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
    )
    op.create_index(
        "findings_open",
        "findings",
        ["organization_id", "kind", "subject"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "assessments",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("payers", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("advised", JSONB, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("assessed_at", INSTANT, nullable=False),
    )
    op.create_index("assessments_payers", "assessments", ["payers"], postgresql_using="gin")
    op.create_table(
        "thresholds",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("utilization_percent", sa.Numeric(5, 2), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
    )
