"""Cost groups, saved queries and what else cost queries keep."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    pass
