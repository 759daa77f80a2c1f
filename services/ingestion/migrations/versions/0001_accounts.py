"""Cloud accounts, billing sources, credentials, inventory, price lists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from finops_common.db.migrations import create_common_tables, guard

revision = "0001"
down_revision = None

SERVICE = "ingestion"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_common_tables(SERVICE)
    _cloud_accounts()
    _billing_sources()
    _credentials()
    _listings()
    guard(SERVICE, "cloud_accounts", organization="organization_id", company="company_id")
    guard(SERVICE, "billing_sources", company="company_id")
    guard(SERVICE, "credentials", organization="organization_id", company="company_id")
    guard(SERVICE, "external_ids", organization="organization_id", company="company_id")
    guard(SERVICE, "inventory_listings", company="company_id")
    guard(SERVICE, "price_lists", company="company_id")
    guard(SERVICE, "source_turns", company="company_id")


def _cloud_accounts() -> None:
    op.create_table(
        "cloud_accounts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("payer_account_id", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("proven_at", INSTANT),
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("connection_cause", sa.Text),
        sa.Column("collection", sa.Text),
        sa.Column("collection_cause", sa.Text),
        sa.Column("capabilities", ARRAY(sa.Text), nullable=False),
        sa.Column("export_name", sa.Text),
        sa.Column("findings", JSONB, nullable=False),
        sa.Column("credentials_version", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("checked_at", INSTANT),
        sa.Column("next_check_at", INSTANT),
        sa.Column("detached_at", INSTANT),
    )
    live = sa.text("detached_at IS NULL")
    op.create_index(
        "cloud_accounts_owner",
        "cloud_accounts",
        ["provider", "account_id"],
        unique=True,
        postgresql_where=sa.text("proven_at IS NOT NULL AND detached_at IS NULL"),
    )
    op.create_index(
        "cloud_accounts_in_organization",
        "cloud_accounts",
        ["organization_id", "provider", "account_id"],
        unique=True,
        postgresql_where=live,
    )
    op.create_index(
        "cloud_accounts_payer", "cloud_accounts", ["company_id", "provider", "payer_account_id"]
    )
    op.create_index(
        "cloud_accounts_due", "cloud_accounts", ["next_check_at"], postgresql_where=live
    )


def _billing_sources() -> None:
    op.create_table(
        "billing_sources",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("cloud_account_id", sa.Uuid, sa.ForeignKey("cloud_accounts.id")),
        sa.Column("payer_account_id", sa.Text),
        sa.Column("bucket", sa.Text),
        sa.Column("prefix", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("stopped_at", INSTANT),
    )
    op.create_index("billing_sources_company", "billing_sources", ["company_id"])
    op.create_index(
        "billing_sources_payer",
        "billing_sources",
        ["provider", "payer_account_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'aws_export' AND stopped_at IS NULL"),
    )


def _credentials() -> None:
    op.create_table(
        "credentials",
        sa.Column(
            "cloud_account_id", sa.Uuid, sa.ForeignKey("cloud_accounts.id"), primary_key=True
        ),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    op.create_table(
        "external_ids",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
    )


def _of_source() -> sa.Column[sa.Uuid]:
    source = sa.ForeignKey("billing_sources.id")
    return sa.Column("billing_source_id", sa.Uuid, source, primary_key=True)


def _listings() -> None:
    op.create_table(
        "inventory_listings",
        _of_source(),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("snapshot", sa.Uuid, nullable=False),
        sa.Column("listed_at", INSTANT, nullable=False),
        sa.Column("commitments", sa.Integer, nullable=False),
        sa.Column("left_out", JSONB, nullable=False),
    )
    op.create_table(
        "price_lists",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("payer_account_id", sa.Text, nullable=False),
        sa.Column("listed_at", INSTANT, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    columns = ["provider", "payer_account_id", "listed_at"]
    op.create_index("price_lists_payer", "price_lists", columns)
    op.create_table(
        "source_turns",
        _of_source(),
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
    )
    op.create_index("source_turns_due", "source_turns", ["what", "due_at"])
