"""Companies, organizations, members, invitations, people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from finops_common.db.migrations import create_common_tables, guard

revision = "0001"
down_revision = None

SERVICE = "org-rbac"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_common_tables(SERVICE)
    _companies()
    _members()
    _invitations()
    _people()
    guard(SERVICE, "companies", company="id")
    guard(SERVICE, "organizations", company="company_id")
    guard(SERVICE, "company_members", company="company_id")
    guard(SERVICE, "organization_members", company="company_id")
    guard(SERVICE, "invitations", company="company_id")
    guard(SERVICE, "people", person="user_id")
    # A member list shows the names of the company's members and of nobody else.
    op.execute(
        "CREATE POLICY people_of_company ON people FOR SELECT TO org_rbac"
        # Correlated: a list of 20 looks up 20 people instead of reading the whole table.
        " USING (EXISTS (SELECT FROM company_members m WHERE m.user_id = people.user_id))"
    )


def _companies() -> None:
    op.create_table(
        "companies",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("billing_email", sa.Text),
        sa.Column("support_contact", sa.Text),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, sa.ForeignKey("companies.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.UniqueConstraint("company_id", "id", name="organizations_in_company"),
    )
    op.create_index(
        "organizations_name",
        "organizations",
        ["company_id", "name_key"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def _members() -> None:
    op.create_table(
        "company_members",
        sa.Column("company_id", sa.Uuid, sa.ForeignKey("companies.id"), primary_key=True),
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("owner", sa.Boolean, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default="active"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("joined_at", INSTANT, nullable=False),
    )
    op.create_index("company_members_user", "company_members", ["user_id"])
    op.create_table(
        "organization_members",
        sa.Column("company_id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "organization_id"],
            ["organizations.company_id", "organizations.id"],
            name="organization_members_organization",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "user_id"],
            ["company_members.company_id", "company_members.user_id"],
            name="organization_members_member",
            ondelete="CASCADE",
        ),
    )
    op.create_index("organization_members_user", "organization_members", ["user_id"])
    op.create_index(
        "organization_members_organization_user",
        "organization_members",
        ["organization_id", "user_id"],
    )


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("company_id", sa.Uuid, sa.ForeignKey("companies.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("owner", sa.Boolean, nullable=False),
        sa.Column("roles", JSONB, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("state", sa.Text, nullable=False, server_default="pending"),
        sa.Column("invited_by", sa.Uuid, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
    )
    op.create_index("invitations_email", "invitations", ["company_id", "email_key"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("email_verified", sa.Boolean, nullable=False),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("mfa", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("last_login_at", INSTANT),
    )
    op.create_index("ix_people_email_key", "people", ["email_key"])
