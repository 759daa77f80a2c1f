"""What people and other services ask of cloud accounts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion import CloudAccountChanged
from finops_common.contracts.ingestion_queries import CloudAccountFacts, MissingRights
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import FieldError, InvalidInput, NotFound, PreconditionFailed
from finops_common.pagination import Page, PageRequest
from finops_ingestion.accounts.changes import connect, facts
from finops_ingestion.accounts.domain import CloudAccount, Finding, is_place
from finops_ingestion.accounts.repository import AccountRepository
from finops_ingestion.accounts.sources import list_sources
from finops_ingestion.connections.repository import forget_credentials
from finops_ingestion.problems import RegistrationComplete

Freshness = Callable[[Transaction, Sequence[UUID]], Awaitable[Mapping[UUID, datetime]]]
"""The end of the newest hour with cost records, by billing source."""

ASKED_FOR = ("bills", "commitments", "resources", "purchase", "resale")
"""Capabilities that other services know."""


@dataclass(frozen=True)
class AccountService:
    """Use cases of cloud accounts."""

    database: Database
    freshness: Freshness

    async def list_page(
        self, caller: Caller, request: PageRequest, connection: str | None
    ) -> Page[CloudAccount]:
        """The accounts of the caller's organization."""
        async with self.database.transaction(caller) as tx:
            return await AccountRepository(tx).page(request, connection)

    async def get(self, caller: Caller, cloud_account_id: UUID) -> CloudAccount:
        """One of them. Raises NotFound."""
        async with self.database.transaction(caller) as tx:
            account = await AccountRepository(tx).find(cloud_account_id)
        if account is None:
            raise NotFound
        return account

    async def change(
        self,
        caller: Caller,
        cloud_account_id: UUID,
        changes: dict[str, Any],
        if_version: int | None,
    ) -> CloudAccount:
        """Set name, capabilities or export; what is to be read is looked at within a minute.

        Raises:
            NotFound. PreconditionFailed: it has changed since it was read.
            InvalidInput: the place is one of another provider.
        """
        async with self.database.transaction(caller) as tx:
            accounts = AccountRepository(tx)
            before = await accounts.get(cloud_account_id)
            if if_version not in {None, before.version}:
                raise PreconditionFailed
            if "place" in changes and not is_place(before.provider, changes["place"]):
                raise InvalidInput(errors=(_OTHER_PLACE,))
            changed = {name: v for name, v in changes.items() if getattr(before, name) != v}
            if not changed:
                return before
            after = await accounts.change(cloud_account_id, **changed)
            if before.origin == "registered" and changed.keys() != {"name"}:
                after = await accounts.note(cloud_account_id, next_check_at=tx.now)
            old = {name: getattr(before, name) for name in changed}
            event = CloudAccountChanged(
                **facts(after), capabilities=after.capabilities, before=old, after=changed
            )
            tx.publish(event, version=after.version)
            return after

    async def withdraw(self, caller: Caller, cloud_account_id: UUID) -> None:
        """End a registration whose ownership was never proven.

        Raises:
            NotFound. RegistrationComplete: the account is read; it is detached instead.
        """
        async with self.database.transaction(caller) as tx:
            accounts = AccountRepository(tx)
            account = await accounts.get(cloud_account_id)
            if account.proven_at is not None:
                raise RegistrationComplete
            await forget_credentials(tx, cloud_account_id)
            await connect(tx, account, "to_be_deleted", None)
            await accounts.end(cloud_account_id)

    async def facts(self, organization_id: UUID) -> list[CloudAccountFacts]:
        """All proven accounts of an organization, for services that ask on their own."""
        async with self.database.transaction(Acting(SYSTEM)) as tx:
            found = await AccountRepository(tx).list_of(organization_id)
            owned = [account for account in found if account.proven_at is not None]
            payers = {account.payer_account_id or account.account_id for account in owned}
            exports = await list_sources(tx, payers=payers)
            sources = {source.payer_account_id: source.id for source in exports}
            until = await self.freshness(tx, list(sources.values()))
        return [_facts(account, sources, until) for account in owned]


_OTHER_PLACE = FieldError("body.place", "place-of-another-provider", "is of another provider")


def _facts(
    account: CloudAccount,
    sources: Mapping[str | None, UUID],
    until: Mapping[UUID, datetime],
) -> CloudAccountFacts:
    payer = account.payer_account_id or account.account_id
    known = [each for each in account.findings if each.capability in ASKED_FOR]
    source = sources.get(payer)
    return CloudAccountFacts(
        id=account.id,
        provider=account.provider,
        account_id=account.account_id,
        payer_account_id=payer,
        status=account.connection,
        granted=frozenset(each.capability for each in known if not each.missing),
        missing=tuple(_missing(each) for each in known if each.missing),
        data_until=until.get(source) if source else None,
        last_import_state=account.collection,
    )


def _missing(finding: Finding) -> MissingRights:
    return MissingRights.model_validate(
        {"capability": finding.capability, "actions": finding.missing}
    )
