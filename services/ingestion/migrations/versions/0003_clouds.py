"""Azure and Google Cloud: where an account's bills lie, and one export per payer in any cloud."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("cloud_accounts", sa.Column("place", JSONB))
    op.drop_index("billing_sources_payer", "billing_sources")
    op.create_index(
        "billing_sources_payer",
        "billing_sources",
        ["provider", "payer_account_id"],
        unique=True,
        postgresql_where=sa.text("kind <> 'uploads' AND stopped_at IS NULL"),
    )
