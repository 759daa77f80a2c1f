"""The newest price list of each payer. It belongs to no tenant: only the system scope reaches it."""

from sqlalchemy import Column, DateTime, LargeBinary, Table, Text, Uuid

from finops_commitments.tables import metadata

price_lists = Table(
    "price_lists",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("payer_account_id", Text, primary_key=True),
    Column("price_list_id", Uuid, nullable=False),
    Column("listed_at", DateTime(timezone=True), nullable=False),
    Column("rates", LargeBinary, nullable=False, comment="JSON rows, compressed"),
    Column("reservations", LargeBinary, nullable=False, server_default=""),
)
