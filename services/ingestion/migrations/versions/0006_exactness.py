"""What revisions charge by invoice, and what invoices come to as people state it."""

import sqlalchemy as sa
from alembic import op

from finops_common.db.migrations import guard

revision = "0006"
down_revision = "0005"

SERVICE = "ingestion"
REVISION = ("billing_source_id", "period", "revision")


def upgrade() -> None:
    _charged()
    _stated()
    # One payer's invoice covers several organizations of its company: no row is any one's.
    guard(SERVICE, "revision_invoices", company="company_id")
    guard(SERVICE, "stated_invoices", company="company_id")


def _charged() -> None:
    op.create_table(
        "revision_invoices",
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("invoice_id", sa.Text),
        sa.Column("issuer", sa.Text),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("charge_category", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("billed", sa.Numeric, nullable=False),
        sa.Column("recorded", sa.Numeric, nullable=False),
        sa.Column("lines", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            list(REVISION),
            [f"revisions.{column}" for column in REVISION],
            name="revision_invoices_revision",
        ),
    )


def _stated() -> None:
    op.create_table(
        "stated_invoices",
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("invoice_id", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("amount", sa.Numeric),
        sa.Column("currency", sa.Text),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("stated_at", sa.DateTime(timezone=True)),
    )
