"""Drafts of registrations; what opens the account is sealed."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from finops_ingestion.tables import metadata

INSTANT = sa.DateTime(timezone=True)

account_drafts = sa.Table(
    "account_drafts",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("answers", JSONB, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("created_by", sa.Uuid, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("changed_at", INSTANT, nullable=False),
    sa.Index("account_drafts_of_organization", "organization_id", "changed_at"),
    sa.Index("account_drafts_by_age", "changed_at"),
)
