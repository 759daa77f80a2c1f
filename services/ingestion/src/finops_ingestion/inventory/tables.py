"""What the newest listing of each billing source's commitments brought."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from finops_ingestion.tables import metadata

INSTANT = sa.DateTime(timezone=True)

inventory_listings = sa.Table(
    "inventory_listings",
    metadata,
    sa.Column("billing_source_id", sa.Uuid, sa.ForeignKey("billing_sources.id"), primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("snapshot", sa.Uuid, nullable=False),
    sa.Column("listed_at", INSTANT, nullable=False),
    sa.Column("commitments", sa.Integer, nullable=False),
    # The cause by account of the payer that no role lets us ask.
    sa.Column("left_out", JSONB, nullable=False),
)
