"""From how many points on a fall of coverage is a finding."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    points = sa.Column(
        "coverage_drop_points", sa.Numeric(5, 2), nullable=False, server_default="10"
    )
    op.add_column("thresholds", points)
