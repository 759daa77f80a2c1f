"""What is left of a dropped month: how many entries it held and the root over their leaves."""

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, Table, Text

from finops_audit_log.tables import metadata

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("retention", Text, primary_key=True),
    Column("month", DateTime(timezone=True), primary_key=True),
    Column("entries", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("signature", Text, nullable=False),
    Column("dropped_at", DateTime(timezone=True), nullable=False),
)
