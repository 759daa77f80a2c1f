"""The use case of patterns."""

from datetime import datetime
from uuid import UUID

from finops_audit_log.entries.adapters import Members
from finops_audit_log.patterns.domain import LONGEST, USUAL, Patterns, summarise
from finops_audit_log.patterns.repository import count_log_ins
from finops_common.acting import system
from finops_common.auth.caller import Caller
from finops_common.db.transaction import Database
from finops_common.errors.problem import FieldError, InvalidInput, NotFound


class PatternService:
    """When and on what the members of an organization log in."""

    def __init__(self, database: Database, members: Members) -> None:
        self._database = database
        self._members = members

    async def patterns(
        self,
        caller: Caller,
        person: UUID | None,
        since: datetime | None,
        until: datetime | None,
        timezone: str,
    ) -> Patterns:
        """Of the present members of the caller's organization, or of one of them.

        The last 30 days, unless times are given.

        Raises:
            InvalidInput: more than 92 days, or none.
            Unavailable: org-rbac does not say who the members are.
        """
        if caller.organization_id is None:
            raise NotFound
        until = until or self._database.clock()
        since = since or until - USUAL
        if not since < until <= since + LONGEST:
            expected = f"must be before until, by at most {LONGEST.days} days"
            raise InvalidInput(errors=(FieldError("query.since", "value_error", expected),))
        people = await self._members.of(caller.organization_id)
        if person:
            people &= {person}
        # As for member activity: the list of members restricts what the system's scope shows.
        async with self._database.transaction(system(caller.origin)) as tx:
            counts = await count_log_ins(tx, people, since, until, timezone)
        return summarise(counts, since, until, timezone)
