"""Deliveries, what each destination holds by month, and their runs."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from finops_ingestion.tables import metadata

INSTANT = DateTime(timezone=True)
ACTIVE = "state IN ('queued', 'running', 'retrying')"

deliveries = Table(
    "deliveries",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("proven_at", INSTANT),
    Column("cause", Text),
    Column("checked_at", INSTANT),
    Column("delivered_at", INSTANT),
    Column("due_at", INSTANT, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("changed_at", INSTANT, nullable=False),
    Index("deliveries_due", "due_at", postgresql_where=text("enabled")),
)

months = Table(
    "delivery_months",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("delivery_id", Uuid, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("run_id", Uuid, nullable=False),
    Column("again_at", INSTANT),
    Column("delivered_at", INSTANT, nullable=False),
    ForeignKeyConstraint(
        ["organization_id", "delivery_id"],
        ["deliveries.organization_id", "deliveries.id"],
        name="delivery_months_delivery",
        ondelete="CASCADE",
    ),
)

runs = Table(
    "delivery_runs",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("delivery_id", Uuid, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("anew", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    # Who may go on with it: a later attempt takes the place of one that is taken for dead.
    Column("attempt", Uuid),
    Column("tries", Integer, nullable=False),
    Column("cause", Text),
    Column("files", JSONB, nullable=False),
    # What it writes is written once more from then on, when nobody else can write there.
    Column("again_at", INSTANT),
    Column("created_at", INSTANT, nullable=False),
    Column("started_at", INSTANT),
    Column("finished_at", INSTANT),
    ForeignKeyConstraint(
        ["organization_id", "delivery_id"],
        ["deliveries.organization_id", "deliveries.id"],
        name="delivery_runs_delivery",
        ondelete="CASCADE",
    ),
    Index("delivery_runs_of", "organization_id", "delivery_id", "created_at"),
    Index(
        "delivery_runs_one_at_a_time",
        "organization_id",
        "delivery_id",
        unique=True,
        postgresql_where=text(ACTIVE),
    ),
)
