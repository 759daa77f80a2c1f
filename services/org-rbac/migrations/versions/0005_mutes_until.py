"""Until when a person hears nothing of what they muted."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("notice_mutes", sa.Column("muted_until", sa.DateTime(timezone=True)))
