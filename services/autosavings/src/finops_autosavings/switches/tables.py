"""Kill switches; the platform has one row, which the first migration makes."""

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, Integer, Table, Text, Uuid

from finops_autosavings.tables import metadata

kill_switches = Table(
    "kill_switches",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("stopped", Boolean, nullable=False),
    Column("reason", Text),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

platform_switch = Table(
    "platform_switch",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("stopped", Boolean, nullable=False),
    Column("reason", Text),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("id = 1", name="platform_switch_is_one"),
)
