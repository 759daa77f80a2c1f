"""Notices, whom each reached, what people chose, and the mails that tell them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from finops_common.db.migrations import guard

revision = "0003"
down_revision = "0002"

SERVICE = "org-rbac"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _notices()
    _choices()
    _mails()
    guard(SERVICE, "notices", organization="organization_id", company="company_id")
    guard(
        SERVICE,
        "notice_recipients",
        organization="organization_id",
        company="company_id",
        person="user_id",
    )
    guard(SERVICE, "notice_preferences", person="user_id")
    guard(
        SERVICE,
        "notice_mutes",
        organization="organization_id",
        company="company_id",
        person="user_id",
    )
    guard(SERVICE, "notice_mails", company="company_id", person="user_id")
    # An inbox shows the notices that were put into it and no others.
    op.execute(
        "CREATE POLICY notices_of_recipient ON notices FOR SELECT TO org_rbac USING (EXISTS ("
        "SELECT FROM notice_recipients r WHERE r.organization_id = notices.organization_id"
        " AND r.notice_id = notices.id))"
    )
    # Who raises a notice in a company asks how its members want to be told.
    op.execute(
        "CREATE POLICY notice_preferences_of_company ON notice_preferences FOR SELECT TO org_rbac"
        " USING (EXISTS (SELECT FROM company_members m"
        " WHERE m.user_id = notice_preferences.user_id))"
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("acknowledged_by", sa.Uuid),
        sa.Column("acknowledged_at", INSTANT),
    )
    op.create_table(
        "notice_recipients",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("notice_id", sa.Uuid, nullable=False),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
        sa.Column("read_at", INSTANT),
        sa.Column("mail_id", sa.Uuid),
    )
    op.create_index(
        "notice_recipients_inbox",
        "notice_recipients",
        ["user_id", "raised_at", "id"],
        postgresql_where=sa.text("shown"),
    )
    op.create_index(
        "notice_recipients_notice",
        "notice_recipients",
        ["organization_id", "notice_id", "user_id"],
        unique=True,
    )
    op.create_index(
        "notice_recipients_mail",
        "notice_recipients",
        ["mail_id"],
        postgresql_where=sa.text("mail_id IS NOT NULL"),
    )


def _choices() -> None:
    op.create_table(
        "notice_preferences",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("category", sa.Text, primary_key=True),
        sa.Column("inbox", sa.Boolean, nullable=False),
        sa.Column("mails", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "notice_mutes",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("about", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("muted_at", INSTANT, nullable=False),
    )


def _mails() -> None:
    op.create_table(
        "notice_mails",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        sa.Column("changed_at", INSTANT, nullable=False),
    )
    op.create_index(
        "notice_mails_failing",
        "notice_mails",
        ["company_id", "changed_at"],
        postgresql_where=sa.text("reason IS NOT NULL"),
    )
