"""Sealed credentials by version, and the ExternalId of each organization."""

import sqlalchemy as sa

from finops_ingestion.tables import metadata

INSTANT = sa.DateTime(timezone=True)

credentials = sa.Table(
    "credentials",
    metadata,
    sa.Column("cloud_account_id", sa.Uuid, sa.ForeignKey("cloud_accounts.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
)

external_ids = sa.Table(
    "external_ids",
    metadata,
    sa.Column("organization_id", sa.Uuid, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
)
