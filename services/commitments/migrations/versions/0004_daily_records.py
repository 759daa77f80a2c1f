"""Hourly records added up by day, beside each part."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "cost_hour_parts",
        sa.Column(
            "daily",
            sa.LargeBinary,
            comment="the same by day; null of parts kept before there were",
        ),
    )
