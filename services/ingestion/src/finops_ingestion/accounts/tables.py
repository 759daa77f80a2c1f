"""Cloud accounts, and the billing sources that deliver their bills."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from finops_ingestion.tables import metadata

INSTANT = sa.DateTime(timezone=True)

cloud_accounts = sa.Table(
    "cloud_accounts",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("payer_account_id", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
    # "registered" by a person with a role of its own, or "linked": brought in by its payer.
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("proven_at", INSTANT),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("connection_cause", sa.Text),
    sa.Column("collection", sa.Text),
    sa.Column("collection_cause", sa.Text),
    sa.Column("capabilities", ARRAY(sa.Text), nullable=False),
    # The name of the export whose bills are read; null: we choose.
    sa.Column("export_name", sa.Text),
    # Where the bills lie; null: the cloud's own listing of exports says it.
    sa.Column("place", JSONB),
    sa.Column("findings", JSONB, nullable=False),
    sa.Column("credentials_version", sa.Integer),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("checked_at", INSTANT),
    sa.Column("next_check_at", INSTANT),
    sa.Column("detached_at", INSTANT),
    # Whoever proves first owns: the one arbiter between companies (ING-1).
    sa.Index(
        "cloud_accounts_owner",
        "provider",
        "account_id",
        unique=True,
        postgresql_where=sa.text("proven_at IS NOT NULL AND detached_at IS NULL"),
    ),
    sa.Index(
        "cloud_accounts_in_organization",
        "organization_id",
        "provider",
        "account_id",
        unique=True,
        postgresql_where=sa.text("detached_at IS NULL"),
    ),
    sa.Index("cloud_accounts_payer", "company_id", "provider", "payer_account_id"),
    sa.Index(
        "cloud_accounts_due", "next_check_at", postgresql_where=sa.text("detached_at IS NULL")
    ),
)

billing_sources = sa.Table(
    "billing_sources",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    # Of the payer's account, or of who uploads.
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    # An export of one of the clouds, "focus_folder", or what imports add: "uploads".
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("cloud_account_id", sa.Uuid, sa.ForeignKey("cloud_accounts.id")),
    sa.Column("payer_account_id", sa.Text),
    sa.Column("bucket", sa.Text),
    sa.Column("prefix", sa.Text),
    sa.Column("region", sa.Text),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("stopped_at", INSTANT),
    sa.Index("billing_sources_company", "company_id"),
    # One export per payer: two would count every cost twice.
    sa.Index(
        "billing_sources_payer",
        "provider",
        "payer_account_id",
        unique=True,
        postgresql_where=sa.text("kind <> 'uploads' AND stopped_at IS NULL"),
    ),
)

cloud_account_moves = sa.Table(
    "cloud_account_moves",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("cloud_account_id", sa.Uuid, nullable=False),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("from_organization_id", sa.Uuid, nullable=False),
    sa.Column("to_organization_id", sa.Uuid, nullable=False),
    sa.Column("moved_by", sa.Uuid),
    sa.Column("moved_at", INSTANT, nullable=False),
    sa.Index("cloud_account_moves_account", "cloud_account_id"),
)

source_turns = sa.Table(
    "source_turns",
    metadata,
    sa.Column("billing_source_id", sa.Uuid, sa.ForeignKey("billing_sources.id"), primary_key=True),
    # What is asked of the source's payer again and again: "inventory", "offers".
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("due_at", INSTANT, nullable=False),
    sa.Index("source_turns_due", "what", "due_at"),
)
