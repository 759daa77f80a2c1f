"""Imports, their files, periods, attempts, revisions and organizations' shares of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from finops_common.db.migrations import guard

revision = "0002"
down_revision = "0001"

SERVICE = "ingestion"
INSTANT = sa.DateTime(timezone=True)
REVISION = ("billing_source_id", "period", "revision")


def upgrade() -> None:
    _looks()
    _imports()
    _files()
    _periods()
    _attempts()
    _revisions()
    guard(SERVICE, "import_looks", company="company_id")
    guard(SERVICE, "imports", organization="organization_id", company="company_id")
    guard(SERVICE, "import_files", organization="organization_id", company="company_id")
    # Of a payer's bill, every organization of the company that has a share sees how final it is.
    guard(SERVICE, "billing_periods", company="company_id")
    guard(SERVICE, "import_attempts", company="company_id")
    guard(SERVICE, "revisions", company="company_id")
    guard(SERVICE, "revision_shares", organization="organization_id", company="company_id")


def _looks() -> None:
    op.create_table(
        "import_looks",
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("looked_at", INSTANT),
        sa.Column("reason", sa.Text),
    )


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("billing_source_id", sa.Uuid, nullable=False),
        sa.Column("period", sa.Date),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="queued"),
        sa.Column("stage", sa.Text, nullable=False, server_default="waiting"),
        sa.Column("percent", sa.Integer, nullable=False, server_default="0"),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("rows_read", sa.BigInteger),
        sa.Column("rows_accepted", sa.BigInteger),
        sa.Column("rows_refused", sa.BigInteger),
        sa.Column("refusals", JSONB, nullable=False, server_default="[]"),
        sa.Column("findings", JSONB, nullable=False, server_default="[]"),
        sa.Column("code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("cancel_requested", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
    )
    op.create_index("imports_organization", "imports", ["organization_id", "created_at"])
    op.create_index(
        "imports_one_at_a_time",
        "imports",
        ["billing_source_id", "period"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index("imports_delivery", "imports", ["billing_source_id", "fingerprint"])


def _files() -> None:
    op.create_table(
        "import_files",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.id"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("rows", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
        sa.Column("reason", sa.Text),
        sa.Column("fetched_at", INSTANT),
        sa.Column("read_at", INSTANT),
    )


def _periods() -> None:
    op.create_table(
        "billing_periods",
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
        sa.Column("finality", sa.Text),
        sa.Column("as_of", INSTANT),
        sa.Column("fingerprint", sa.Text),
        sa.Column("attempt", sa.Uuid),
        sa.Column("import_id", sa.Uuid),
        sa.Column("committed_at", INSTANT),
    )


def _attempts() -> None:
    op.create_table(
        "import_attempts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("import_id", sa.Uuid, nullable=False),
        sa.Column("billing_source_id", sa.Uuid, nullable=False),
        sa.Column("period", sa.Date, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="started"),
        sa.Column("files", JSONB, nullable=False, server_default="[]"),
        sa.Column("started_at", INSTANT, nullable=False),
    )
    columns = ["billing_source_id", "period"]
    op.create_index("import_attempts_period", "import_attempts", columns)
    op.create_index(
        "import_attempts_open",
        "import_attempts",
        ["started_at"],
        postgresql_where=sa.text("state = 'started'"),
    )


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("import_id", sa.Uuid, nullable=False),
        sa.Column("attempt", sa.Uuid, nullable=False),
        sa.Column("finality", sa.Text, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.Column("committed_at", INSTANT, nullable=False),
    )
    op.create_table(
        "revision_shares",
        sa.Column("billing_source_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("lines", sa.BigInteger, nullable=False),
        sa.Column("totals", JSONB, nullable=False),
        sa.Column("files", JSONB, nullable=False),
        sa.Column("last_hour", INSTANT),
        sa.ForeignKeyConstraint(
            list(REVISION),
            [f"revisions.{column}" for column in REVISION],
            name="revision_shares_revision",
        ),
    )
    columns = ["organization_id", "period"]
    op.create_index("revision_shares_organization", "revision_shares", columns)
