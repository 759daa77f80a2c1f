"""People whom access has let in, for use cases that are tested without HTTP."""

from uuid import UUID

from finops_common.acting import Origin
from finops_common.auth.caller import Caller
from finops_common.clock import utc_now
from finops_common.ids import new_id


def a_caller(company: UUID, organization: UUID) -> Caller:
    """Somebody of the company who acts in one of its organizations."""
    return Caller(
        user_id=new_id(),
        session_id=new_id(),
        authenticated_at=utc_now(),
        methods=("password",),
        email_verified=True,
        origin=Origin("test"),
        company_id=company,
        organization_id=organization,
    )
