"""Notes."""

from alembic import op
from tests.common.probe.tables import metadata

from finops_common.db.migrations import create_common_tables, guard

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_common_tables("probe")
    metadata.create_all(op.get_bind())
    guard(
        "probe",
        "notes",
        organization="organization_id",
        company="company_id",
        person="person_id",
    )
