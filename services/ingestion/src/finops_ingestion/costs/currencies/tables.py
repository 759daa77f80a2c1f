"""Exchange rates as an organization states them."""

from sqlalchemy import Column, Date, DateTime, Numeric, Table, Text, Uuid

from finops_ingestion.tables import metadata

exchange_rates = Table(
    "exchange_rates",
    metadata,
    Column("organization_id", Uuid, primary_key=True),
    Column("from_currency", Text, primary_key=True),
    Column("to_currency", Text, primary_key=True),
    Column("since", Date, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("rate", Numeric(22, 10), nullable=False),
    Column("source", Text, nullable=False),
    Column("stated_at", DateTime(timezone=True), nullable=False),
)
