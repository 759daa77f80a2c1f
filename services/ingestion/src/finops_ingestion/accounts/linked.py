"""The accounts of a management account: brought in, kept, and following their payer (ING-2)."""

from collections.abc import Mapping

from finops_common.contracts.ingestion import CloudAccountChanged
from finops_common.db.transaction import Transaction
from finops_common.ids import new_id
from finops_ingestion.accounts.changes import (
    announce_connection,
    announce_registered,
    connect,
    facts,
)
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.repository import AccountRepository

_BEFORE = {"status": "pre_registration", "cause": None}


async def keep_linked(tx: Transaction, payer: CloudAccount, listed: Mapping[str, str]) -> None:
    """Bring in what the management account lists (name by id), and tell what left it.

    An account that another company has proven stays there; the listing of a management
    account proves those nobody has.
    """
    accounts = AccountRepository(tx)
    numbers = listed.keys() - {payer.account_id}
    known = await accounts.list_by_numbers(payer.company_id, payer.provider, numbers)
    for account in known:
        await _join(tx, payer, account)
    for number in sorted(numbers - {account.account_id for account in known}):
        await _bring_in(tx, payer, number, listed[number])
    for account in await accounts.list_of_payer(payer.company_id, payer.account_id):
        if account.origin == "linked" and account.account_id not in listed:
            await connect(tx, account, "error", "left_organization")


async def follow_payer(tx: Transaction, payer: CloudAccount) -> None:
    """Linked accounts without a role of their own are reached as far as their payer is."""
    accounts = AccountRepository(tx)
    # Of what the payer's role may read, only the bills speak of them.
    bills = tuple(each for each in payer.findings if each.capability == "bills")
    for account in await accounts.list_of_payer(payer.company_id, payer.account_id):
        if account.origin != "linked" or account.connection_cause == "left_organization":
            continue
        await connect(tx, account, payer.connection, payer.connection_cause)
        if account.findings != bills:
            await accounts.note(account.id, findings=bills)


async def _bring_in(tx: Transaction, payer: CloudAccount, number: str, name: str) -> None:
    account = await AccountRepository(tx).add_free(
        id=new_id(),
        company_id=payer.company_id,
        organization_id=payer.organization_id,
        provider=payer.provider,
        account_id=number,
        payer_account_id=payer.account_id,
        name=name,
        origin="linked",
        proven_at=tx.now,
        connection=payer.connection,
        connection_cause=payer.connection_cause,
        collection=payer.collection,
        collection_cause=payer.collection_cause,
        capabilities=list(payer.capabilities),
    )
    if account is not None:
        announce_registered(tx, account)
        announce_connection(tx, account, _BEFORE)


async def _join(tx: Transaction, payer: CloudAccount, account: CloudAccount) -> None:
    accounts = AccountRepository(tx)
    if account.proven_at is None:
        proven = await accounts.prove(account.id)
        if proven is None:
            return
        announce_registered(tx, proven)
        account = proven
    if account.payer_account_id != payer.account_id:
        before = {"payer_account_id": account.payer_account_id}
        account = await accounts.change(account.id, payer_account_id=payer.account_id)
        changed = CloudAccountChanged(
            **facts(account),
            capabilities=account.capabilities,
            before=before,
            after={"payer_account_id": payer.account_id},
        )
        tx.publish(changed, version=account.version, organization_id=account.organization_id)
    if account.connection == "pre_registration" or account.connection_cause == "left_organization":
        await connect(tx, account, payer.connection, payer.connection_cause)
