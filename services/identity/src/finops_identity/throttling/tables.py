"""Attempts per subject."""

from sqlalchemy import Column, DateTime, Integer, Table, Text

from finops_identity.tables import metadata

attempts = Table(
    "attempts",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("blocked_until", DateTime(timezone=True)),
)
