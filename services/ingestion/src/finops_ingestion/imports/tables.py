"""The ledger of imports, their files, the revisions they made and what each organization has."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from finops_ingestion.tables import metadata

INSTANT = sa.DateTime(timezone=True)
ACTIVE = "state IN ('queued', 'running', 'paused')"

looks = sa.Table(
    "import_looks",
    metadata,
    sa.Column("billing_source_id", sa.Uuid, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("due_at", INSTANT, nullable=False),
    sa.Column("looked_at", INSTANT),
    sa.Column("reason", sa.Text),
)

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("billing_source_id", sa.Uuid, nullable=False),
    # Known before reading for exports; an upload says it itself.
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
    sa.Column("pause_requested", sa.Boolean, nullable=False, server_default="false"),
    # Whose turn it is since the import was resumed; until then the job has the import's id.
    sa.Column("job_id", sa.Uuid),
    sa.Column("resumed_at", INSTANT),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("started_at", INSTANT),
    sa.Column("finished_at", INSTANT),
    sa.Index("imports_organization", "organization_id", "created_at"),
    sa.Index(
        "imports_one_at_a_time",
        "billing_source_id",
        "period",
        unique=True,
        postgresql_where=sa.text(f"{ACTIVE} AND cause <> 'move'"),
    ),
    # Beside it, for a paused import must not keep organizations from what they were given.
    sa.Index(
        "imports_one_move_at_a_time",
        "billing_source_id",
        "period",
        unique=True,
        postgresql_where=sa.text(f"{ACTIVE} AND cause = 'move'"),
    ),
    sa.Index("imports_delivery", "billing_source_id", "fingerprint"),
)

import_files = sa.Table(
    "import_files",
    metadata,
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

periods = sa.Table(
    "billing_periods",
    metadata,
    sa.Column("billing_source_id", sa.Uuid, primary_key=True),
    sa.Column("period", sa.Date, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    sa.Column("finality", sa.Text),
    sa.Column("as_of", INSTANT),
    sa.Column("fingerprint", sa.Text),
    # The attempt that may commit next: another one that comes later takes its place.
    sa.Column("attempt", sa.Uuid),
    sa.Column("import_id", sa.Uuid),
    sa.Column("committed_at", INSTANT),
    # Which assignment of accounts the revision is cut by (`Assignments.digest`).
    sa.Column("owners", sa.Text),
)

attempts = sa.Table(
    "import_attempts",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("company_id", sa.Uuid, nullable=False),
    sa.Column("import_id", sa.Uuid, nullable=False),
    sa.Column("billing_source_id", sa.Uuid, nullable=False),
    sa.Column("period", sa.Date, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="started"),
    # Written before the files themselves, so that a sweep finds what a crash left.
    sa.Column("files", JSONB, nullable=False, server_default="[]"),
    sa.Column("started_at", INSTANT, nullable=False),
    sa.Index("import_attempts_period", "billing_source_id", "period"),
    sa.Index("import_attempts_open", "started_at", postgresql_where=sa.text("state = 'started'")),
)

revisions = sa.Table(
    "revisions",
    metadata,
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

shares = sa.Table(
    "revision_shares",
    metadata,
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
        ["billing_source_id", "period", "revision"],
        ["revisions.billing_source_id", "revisions.period", "revisions.revision"],
        name="revision_shares_revision",
    ),
    sa.Index("revision_shares_organization", "organization_id", "period"),
)
