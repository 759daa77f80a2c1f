"""Reservations on offer, beside the rates of plans."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # A list of before has none: empty, until the next day's list replaces it.
    op.add_column(
        "price_lists",
        sa.Column(
            "reservations", sa.LargeBinary, nullable=False, server_default="", comment="the same"
        ),
    )
