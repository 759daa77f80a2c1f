"""What revisions charge by invoice, and what invoices themselves come to as people state it."""

import sqlalchemy as sa

from finops_ingestion.tables import metadata

INSTANT = sa.DateTime(timezone=True)

revision_invoices = sa.Table(
    "revision_invoices",
    metadata,
    sa.Column("billing_source_id", sa.Uuid, primary_key=True),
    sa.Column("period", sa.Date, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    # Null: the lines name no invoice.
    sa.Column("invoice_id", sa.Text),
    sa.Column("issuer", sa.Text),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("charge_category", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("billed", sa.Numeric, nullable=False),
    sa.Column("recorded", sa.Numeric, nullable=False),
    sa.Column("lines", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(
        ["billing_source_id", "period", "revision"],
        ["revisions.billing_source_id", "revisions.period", "revisions.revision"],
        name="revision_invoices_revision",
    ),
)

stated_invoices = sa.Table(
    "stated_invoices",
    metadata,
    sa.Column("billing_source_id", sa.Uuid, primary_key=True),
    sa.Column("period", sa.Date, primary_key=True),
    sa.Column("invoice_id", sa.Text, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    # Null: what was stated has been withdrawn; the row stays for its version.
    sa.Column("amount", sa.Numeric),
    sa.Column("currency", sa.Text),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("stated_at", INSTANT),
)
