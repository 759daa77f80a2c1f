"""Whom each alert was addressed to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column(
        "alerts",
        sa.Column(
            "recipients",
            JSONB,
            nullable=False,
            # As all were until now.
            server_default='{"permission": "commitments:view", "user_ids": [], "channel_ids": null}',
        ),
    )
