"""The keys that sign access tokens; private parts are sealed."""

from sqlalchemy import Column, DateTime, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from finops_identity.tables import metadata

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("public", JSONB, nullable=False),
    Column("sealed_private", LargeBinary, nullable=False),
    Column("signs_from", DateTime(timezone=True), nullable=False),
    Column("published_until", DateTime(timezone=True), nullable=True),
)
