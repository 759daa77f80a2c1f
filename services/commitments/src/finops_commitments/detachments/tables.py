"""Billing sources whose account was detached, and when."""

from sqlalchemy import Column, DateTime, Table, Uuid

from finops_commitments.tables import metadata

ended_sources = Table(
    "ended_sources",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("billing_source_id", Uuid, primary_key=True),
    Column("ended_at", DateTime(timezone=True), nullable=False),
)
