"""Alerts that somebody took note of, and what that holds for."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    # What was sent before says of no end or finding what it was about.
    op.add_column("alerts", sa.Column("matter", sa.Text, nullable=False, server_default=""))
    op.add_column("alerts", sa.Column("acknowledged_by", sa.Uuid))
    op.add_column("alerts", sa.Column("acknowledged_at", sa.DateTime(timezone=True)))
