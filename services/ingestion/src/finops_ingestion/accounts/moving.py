"""Gives linked accounts to organizations of their company, and keeps who did so when (ING-2)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion import CloudAccountMoved
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest
from finops_ingestion.accounts.changes import facts
from finops_ingestion.accounts.domain import CloudAccount, Move
from finops_ingestion.accounts.repository import AccountRepository, MoveRepository
from finops_ingestion.accounts.sources import BillingSource, find_export, hold_source
from finops_ingestion.problems import AlreadyRegistered, NotLinked

Recut = Callable[[Transaction, BillingSource], Awaitable[int]]
"""Has the open periods of a source follow its accounts' organizations."""


@dataclass(frozen=True)
class MoveService:
    """Use cases of Owners, over all organizations of their company."""

    database: Database
    recut: Recut

    async def bring(self, caller: Caller, cloud_account_ids: Sequence[UUID]) -> list[CloudAccount]:
        """Make linked accounts of the company the caller's organization's; all of them or none.

        The open months of their bills are cut anew within seconds, without asking the cloud;
        closed months stay where they were billed. Accounts that are here already stay.

        Raises:
            NotFound: one of them is no live account of the company.
            NotLinked: one is a payer, or has a role of its own.
            AlreadyRegistered: the organization is registering one of them by itself.
        """
        async with self.database.transaction(_company(caller)) as tx:
            accounts = await AccountRepository(tx).get_all(cloud_account_ids)
            to = _present(caller.organization_id)
            moved = [await _move(tx, account, to) for account in accounts]
            payers = {(each.provider, each.payer_account_id or "") for each in moved}
            for provider, payer in sorted(payers):
                await self._recut(tx, provider, payer)
            return moved

    async def _recut(self, tx: Transaction, provider: str, payer: str) -> None:
        found = await find_export(tx, provider, payer)
        # Held alone: an import that ends now has seen either all of this move or nothing.
        source = await hold_source(tx, found.id, to_change=True) if found else None
        if source is not None:
            await self.recut(tx, source)

    async def list_page(self, caller: Caller, request: PageRequest) -> Page[CloudAccount]:
        """The linked accounts of all organizations of the caller's company."""
        async with self.database.transaction(_company(caller)) as tx:
            return await AccountRepository(tx).page_linked(request)

    async def history(self, caller: Caller, cloud_account_id: UUID) -> list[Move]:
        """Every move of an account, newest first, those before it was detached too.

        Raises:
            NotFound: no account of the company.
        """
        async with self.database.transaction(_company(caller)) as tx:
            if await AccountRepository(tx).find(cloud_account_id, ended=True) is None:
                raise NotFound
            return await MoveRepository(tx).list_of(cloud_account_id)


async def _move(tx: Transaction, account: CloudAccount, to: UUID) -> CloudAccount:
    if account.origin != "linked" or account.is_payer:
        raise NotLinked(account_id=account.account_id)
    if account.organization_id == to:
        return account
    accounts = AccountRepository(tx)
    try:
        async with tx.connection.begin_nested():
            moved = await accounts.change(account.id, organization_id=to)
    except IntegrityError:
        there = await accounts.find_by_number(to, account.provider, account.account_id)
        raise AlreadyRegistered(cloud_account_id=there.id if there else account.id) from None
    await MoveRepository(tx).add(moved, account.organization_id)
    event = CloudAccountMoved(
        **facts(moved),
        from_organization_id=account.organization_id,
        before={"organization_id": str(account.organization_id)},
        after={"organization_id": str(to)},
    )
    tx.publish(event, version=moved.version, organization_id=to)
    return moved


def _company(caller: Caller) -> Acting:
    return Acting(scopes.company(_present(caller.company_id)), caller.origin)


def _present(tenant: UUID | None) -> UUID:
    if tenant is None:
        raise NotFound
    return tenant
