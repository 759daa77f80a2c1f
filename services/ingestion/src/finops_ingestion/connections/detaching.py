"""Ends what an account is here: its collection first, its data as a second, separate act (ING-5)."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion import CloudAccountDataDeleted, CloudAccountDetached
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import FieldError, InvalidInput, NotFound
from finops_ingestion.accounts.changes import connect, facts
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.repository import AccountRepository
from finops_ingestion.accounts.sources import (
    FOLDER,
    BillingSource,
    hold_source,
    sources_of,
    sources_paid_by,
    stop_sources,
)
from finops_ingestion.connections.repository import forget_credentials
from finops_ingestion.problems import NotDetached, PaidByAnother, RegistrationWaits

StopImports = Callable[[Transaction, Sequence[UUID]], Awaitable[None]]
"""Cancels all imports of these sources."""
Erase = Callable[[Transaction, BillingSource], Awaitable[None]]
"""Deletes the cost records of a source that is held."""

_OTHER_NUMBER = FieldError("body.account_id", "another-account", "is not this account's id")


class DetachService:
    """Detaches accounts, and deletes what a detached one has left."""

    def __init__(self, database: Database, stop_imports: StopImports, erase: Erase) -> None:
        self._database = database
        self._stop_imports = stop_imports
        self._erase = erase

    async def detach(self, caller: Caller, cloud_account_id: UUID) -> CloudAccount:
        """End collection: nothing more is asked of the cloud, and what would open it is destroyed.

        Imports that run are cancelled; what stands stays readable in its organizations. A
        payer's linked accounts go with it, those with a role of their own stay. Detached
        twice is detached once; the account may be registered again, by anybody who proves it.

        Raises:
            NotFound. RegistrationWaits: its ownership was never proven; it is withdrawn.
            PaidByAnother: its payer is here too and would bring it in again.
        """
        found = await self._mine(caller, cloud_account_id)
        async with self._database.transaction(_company(found, caller)) as tx:
            accounts = AccountRepository(tx)
            # Before the account: who detaches its payer holds the payer first, then the linked.
            paid_for = await _is_paid_for(accounts, found)
            account = await accounts.get(cloud_account_id, ended=True)
            if account.detached_at is not None:
                return account
            if account.proven_at is None:
                raise RegistrationWaits
            if account.origin == "linked" or paid_for:
                raise PaidByAnother(payer_account_id=account.payer_account_id)
            linked = await _linked_to(accounts, account)
            sources = await self._stop(tx, account)
            for each in (*linked, account):
                await _end(tx, each, sources if each.id == account.id else ())
            return await accounts.get(cloud_account_id, ended=True)

    async def delete_data(self, caller: Caller, cloud_account_id: UUID, account_id: str) -> None:
        """Delete the cost records of a detached account's bills and folders, in all organizations.

        What consumers hold of them goes with the next event; files go within half an hour. The
        ledger of imports and the audit log stay. Deleted twice is deleted once.

        Raises:
            NotFound. NotDetached: it is collected, or registered here again.
            PaidByAnother: its costs are on its payer's bills.
            InvalidInput: `account_id` is not the account's, so nobody has confirmed it.
        """
        found = await self._mine(caller, cloud_account_id)
        if account_id != found.account_id:
            raise InvalidInput(errors=(_OTHER_NUMBER,))
        async with self._database.transaction(_company(found, caller)) as tx:
            accounts = AccountRepository(tx)
            account = await accounts.get(cloud_account_id, ended=True)
            paid = await sources_paid_by(tx, account)
            folders = [each for each in await sources_of(tx, account.id) if each.kind == FOLDER]
            live = any(each.stopped_at is None for each in (*paid, *folders))
            if account.detached_at is None or live:
                raise NotDetached
            if not account.is_payer and not folders:
                raise PaidByAnother(payer_account_id=account.payer_account_id)
            sources = [*(paid if account.is_payer else ()), *folders]
            for source in sources:
                await hold_source(tx, source.id, to_change=True)
                await self._erase(tx, source)
            deleted = CloudAccountDataDeleted(
                **facts(account), billing_source_ids=tuple(each.id for each in sources)
            )
            version = (await accounts.change(account.id)).version
            tx.publish(deleted, version=version, organization_id=account.organization_id)

    async def _mine(self, caller: Caller, cloud_account_id: UUID) -> CloudAccount:
        async with self._database.transaction(caller) as tx:
            account = await AccountRepository(tx).find(cloud_account_id, ended=True)
        if account is None:
            raise NotFound
        return account

    async def _stop(self, tx: Transaction, account: CloudAccount) -> tuple[UUID, ...]:
        live = [each.id for each in await sources_of(tx, account.id) if each.stopped_at is None]
        for source_id in live:
            await hold_source(tx, source_id, to_change=True)
        await stop_sources(tx, live)
        await self._stop_imports(tx, live)
        return tuple(live)


async def _is_paid_for(accounts: AccountRepository, account: CloudAccount) -> bool:
    """Whether its payer is registered in the company, too."""
    if account.is_payer or account.payer_account_id is None:
        return False
    paid_for = await accounts.list_of_payer(account.company_id, account.payer_account_id)
    return any(each.is_payer and each.provider == account.provider for each in paid_for)


async def _linked_to(accounts: AccountRepository, account: CloudAccount) -> list[CloudAccount]:
    if not account.is_payer:
        return []
    paid_for = await accounts.list_of_payer(account.company_id, account.account_id)
    return [
        each
        for each in paid_for
        if each.origin == "linked" and each.provider == account.provider and each.id != account.id
    ]


async def _end(tx: Transaction, account: CloudAccount, sources: tuple[UUID, ...]) -> None:
    accounts = AccountRepository(tx)
    await forget_credentials(tx, account.id)
    account = await connect(tx, account, "to_be_deleted", None)
    account = await accounts.change(account.id, credentials_version=None)
    event = CloudAccountDetached(**facts(account), billing_source_ids=sources)
    tx.publish(event, version=account.version, organization_id=account.organization_id)
    await accounts.end(account.id)


def _company(account: CloudAccount, caller: Caller) -> Acting:
    return Acting(scopes.company(account.company_id), caller.origin)
