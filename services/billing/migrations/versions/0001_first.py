"""Companies as org-rbac says them, subscriptions and their history."""

import sqlalchemy as sa
from alembic import op

from finops_common.db.migrations import create_common_tables, guard

revision = "0001"
down_revision = None

SERVICE = "billing"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_common_tables(SERVICE)
    _companies()
    _subscriptions()
    _subscription_changes()
    guard(SERVICE, "companies", "SELECT, INSERT, UPDATE", company="company_id")
    guard(SERVICE, "subscriptions", "SELECT, INSERT, UPDATE", company="company_id")
    # History is written and read, never changed.
    guard(SERVICE, "subscription_changes", "SELECT, INSERT", company="company_id")


def _companies() -> None:
    op.create_table(
        "companies",
        sa.Column("company_id", sa.Uuid, primary_key=True),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("company_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("price_list_version", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("cloud_account_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("trial_ends_at", INSTANT),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    )
    op.create_index(
        "subscriptions_one_trial",
        "subscriptions",
        ["company_id"],
        unique=True,
        postgresql_where=sa.text("edition = 'trial'"),
    )
    op.create_index(
        "subscriptions_one_for_company",
        "subscriptions",
        ["company_id"],
        unique=True,
        postgresql_where=sa.text("edition <> 'autosavings' AND state <> 'cancelled'"),
    )
    op.create_index(
        "subscriptions_trials",
        "subscriptions",
        ["trial_ends_at"],
        postgresql_where=sa.text("state = 'trialing'"),
    )


def _subscription_changes() -> None:
    op.create_table(
        "subscription_changes",
        sa.Column("company_id", sa.Uuid, primary_key=True),
        sa.Column("subscription_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "subscription_id"],
            ["subscriptions.company_id", "subscriptions.id"],
            name="subscription_changes_subscription",
        ),
    )
