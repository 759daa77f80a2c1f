"""Subscriptions, and every state they have been in."""

from sqlalchemy import (
    ARRAY,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)

from finops_billing.tables import metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("price_list_version", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("cloud_account_ids", ARRAY(Uuid), nullable=False),
    Column("trial_ends_at", DateTime(timezone=True)),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False, server_default="1"),
)
_c = subscriptions.c
Index("subscriptions_one_trial", _c.company_id, unique=True, postgresql_where=_c.edition == "trial")
Index(
    "subscriptions_one_for_company",
    _c.company_id,
    unique=True,
    postgresql_where=(_c.edition != "autosavings") & (_c.state != "cancelled"),
)
Index("subscriptions_trials", _c.trial_ends_at, postgresql_where=_c.state == "trialing")

subscription_changes = Table(
    "subscription_changes",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("subscription_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(
        ["company_id", "subscription_id"],
        ["subscriptions.company_id", "subscriptions.id"],
        name="subscription_changes_subscription",
    ),
)
