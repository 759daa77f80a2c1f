"""The one table of the probe, guarded by all three tenant scopes."""

from pathlib import Path

from sqlalchemy import Column, Date, DateTime, Integer, MetaData, Numeric, Table, Text, Uuid

MIGRATIONS = Path(__file__).parent / "migrations"

metadata = MetaData()

notes = Table(
    "notes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("organization_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("amount", Numeric, nullable=False),
    Column("day", Date, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
