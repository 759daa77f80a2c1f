"""Subscriptions as billing says them, activations, policies, kill switches, plans."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from finops_common.db.migrations import create_common_tables, grant, guard

revision = "0001"
down_revision = None

SERVICE = "autosavings"
INSTANT = sa.DateTime(timezone=True)
TENANT = {"organization": "organization_id", "company": "company_id"}
CHANGED = "SELECT, INSERT, UPDATE"
KEPT = "SELECT, INSERT"


def upgrade() -> None:
    create_common_tables(SERVICE)
    _subscriptions()
    _activations()
    _policies()
    _switches()
    _plans()
    guard(SERVICE, "subscriptions", CHANGED, company="company_id")
    guard(SERVICE, "activations", CHANGED, **TENANT)
    guard(SERVICE, "kill_switches", CHANGED, **TENANT)
    # Versions and plans are immutable: nobody who serves may change or remove one.
    guard(SERVICE, "policies", KEPT, **TENANT)
    guard(SERVICE, "plans", KEPT, **TENANT)
    # One row over all tenants, which every claim reads.
    grant(SERVICE, "platform_switch", "SELECT, UPDATE")


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("company_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("cloud_account_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _activations() -> None:
    op.create_table(
        "activations",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("cloud_account_id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("activated_by", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    )
    op.create_index(
        "activations_active",
        "activations",
        ["organization_id", "since"],
        postgresql_where=sa.text("active"),
    )


def _policies() -> None:
    op.create_table(
        "policies",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("changed_by", sa.Uuid, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
    )


def _switches() -> None:
    op.create_table(
        "kill_switches",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("changed_at", INSTANT, nullable=False),
    )
    op.create_table(
        "platform_switch",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint("id = 1", name="platform_switch_is_one"),
    )
    op.execute("INSERT INTO platform_switch (id, stopped, changed_at) VALUES (1, false, now())")


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("slot", INSTANT),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("policy_version", sa.Integer, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("requested_by", sa.Uuid),
    )
    op.create_index("plans_slot", "plans", ["organization_id", "slot"], unique=True)
    op.create_index("plans_made_at", "plans", ["organization_id", "made_at"])
