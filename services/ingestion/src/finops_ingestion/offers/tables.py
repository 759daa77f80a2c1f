"""Dated price lists, kept as the compressed answer they are fetched as."""

import sqlalchemy as sa

from finops_ingestion.tables import metadata

INSTANT = sa.DateTime(timezone=True)

price_lists = sa.Table(
    "price_lists",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("payer_account_id", sa.Text, nullable=False),
    sa.Column("listed_at", INSTANT, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Index("price_lists_payer", "provider", "payer_account_id", "listed_at"),
)
