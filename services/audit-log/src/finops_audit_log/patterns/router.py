"""HTTP of patterns."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from finops_audit_log.access import MayViewSecurity
from finops_audit_log.dependencies import Patterns
from finops_audit_log.patterns.schemas import PatternsView, Timezone, view
from finops_common.auth.dependencies import organization_router
from finops_common.schemas import Instant

router = organization_router("/activity-patterns", "patterns")


@router.get("", summary="When and on what members log in")
async def get_activity_patterns(
    caller: MayViewSecurity,
    patterns: Patterns,
    person: Annotated[UUID | None, Query(description="only this member")] = None,
    since: Annotated[Instant | None, Query(description="30 days before until")] = None,
    until: Annotated[Instant | None, Query(description="now")] = None,
    timezone: Timezone = "UTC",
) -> PatternsView:
    """Log-ins by hour of the day and by device, of the team and per person; at most 92 days."""
    return view(await patterns.patterns(caller, person, since, until, timezone))
