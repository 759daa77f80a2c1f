"""Reading entries: one's own, those of members, the history of an organization or company."""

from dataclasses import replace

from finops_audit_log.entries.adapters import Members
from finops_audit_log.entries.domain import Entry, Filter
from finops_audit_log.entries.repository import EntryRepository
from finops_audit_log.entries.sealing import PersonalSealer
from finops_common.acting import system
from finops_common.auth.caller import Caller
from finops_common.db.transaction import Database
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest


class EntryService:
    """Use cases of readers."""

    def __init__(self, database: Database, sealer: PersonalSealer, members: Members) -> None:
        self._database = database
        self._sealer = sealer
        self._members = members

    async def my_activity(self, caller: Caller, wanted: Filter, page: PageRequest) -> Page[Entry]:
        """What stands in the caller's own chain: log-ins, log-outs, changes of the account."""
        wanted = await self._with_digest(caller, wanted)
        async with self._database.transaction(caller.personally) as tx:
            return await EntryRepository(tx, self._sealer).list_of_person(wanted, page)

    async def organization_history(
        self, caller: Caller, wanted: Filter, page: PageRequest
    ) -> Page[Entry]:
        """What was done in the caller's organization; `wanted.person` is who did it."""
        wanted = await self._narrowed(caller, wanted)
        async with self._database.transaction(caller) as tx:
            return await EntryRepository(tx, self._sealer).list_of_organization(wanted, page)

    async def company_history(
        self, caller: Caller, wanted: Filter, page: PageRequest
    ) -> Page[Entry]:
        """What was done in the caller's company and all its organizations."""
        wanted = await self._narrowed(caller, wanted)
        async with self._database.transaction(caller) as tx:
            return await EntryRepository(tx, self._sealer).list_of_company(wanted, page)

    async def member_activity(
        self, caller: Caller, wanted: Filter, page: PageRequest
    ) -> Page[Entry]:
        """Log-ins and log-outs of those who are members of the caller's organization now.

        Raises:
            Unavailable: org-rbac does not say who they are.
        """
        if caller.organization_id is None:
            raise NotFound
        people = await self._members.of(caller.organization_id)
        if wanted.person:
            people &= {wanted.person}
        wanted = await self._with_digest(caller, wanted)
        # Log-ins stand in the chains of persons, which no tenant's scope shows: the system's
        # does, and the list of members is what restricts it.
        async with self._database.transaction(system(caller.origin)) as tx:
            return await EntryRepository(tx, self._sealer).list_access(people, wanted, page)

    async def _narrowed(self, caller: Caller, wanted: Filter) -> Filter:
        """A search of a company's history: where few entries match, told which."""
        wanted = await self._with_digest(caller, wanted)
        if caller.company_id is None or not (wanted.text or wanted.ip_digest):
            return wanted
        async with self._database.transaction(system(caller.origin)) as tx:
            entries = EntryRepository(tx, self._sealer)
            return replace(wanted, among=await entries.few(caller.company_id, wanted))

    async def _with_digest(self, caller: Caller, wanted: Filter) -> Filter:
        if wanted.ip is None:
            return wanted
        async with self._database.transaction(system(caller.origin)) as tx:
            return replace(wanted, ip_digest=await self._sealer.ip_digest(tx, wanted.ip))
