"""What a look at an account changes here, in one transaction with the events that tell it."""

from uuid import UUID

from finops_common.db.transaction import Transaction
from finops_ingestion.accounts.changes import announce_registered, connect
from finops_ingestion.accounts.domain import Cause, CloudAccount, connection_after, next_check
from finops_ingestion.accounts.linked import follow_payer, keep_linked
from finops_ingestion.accounts.repository import AccountRepository
from finops_ingestion.accounts.sources import read_export
from finops_ingestion.connections.domain import ConnectionBrokenError, Evidence

Outcome = Evidence | ConnectionBrokenError
"""What a look brought, or why there was nothing to see."""


async def settle(tx: Transaction, cloud_account_id: UUID, outcome: Outcome) -> CloudAccount:
    """Write what `outcome` means; `tx` is of the company. Raises NotFound when it is gone."""
    accounts = AccountRepository(tx)
    account = await accounts.get(cloud_account_id)
    cause: Cause | None
    if isinstance(outcome, ConnectionBrokenError):
        cause = outcome.cause
    else:
        account, cause = await _learn(tx, account, outcome)
    account = await connect(tx, account, *connection_after(account, cause))
    if isinstance(outcome, Evidence) and account.proven_at is not None:
        await _spread(tx, account, outcome)
    if account.is_payer:
        await follow_payer(tx, account)
    return await accounts.note(
        account.id, checked_at=tx.now, next_check_at=next_check(account, tx.now)
    )


async def _learn(
    tx: Transaction, account: CloudAccount, evidence: Evidence
) -> tuple[CloudAccount, Cause | None]:
    accounts = AccountRepository(tx)
    if account.proven_at is None:
        proven = await accounts.prove(account.id)
        if proven is None:
            return account, "registered_elsewhere"
    # A bill lies with who pays, whether or not the role may ask who that is.
    payer = evidence.payer_account_id or (evidence.export and account.account_id)
    known = await accounts.note(
        account.id,
        findings=evidence.findings,
        payer_account_id=payer or account.payer_account_id,
    )
    if account.proven_at is None:
        announce_registered(tx, known)
    return known, evidence.cause


async def _spread(tx: Transaction, account: CloudAccount, evidence: Evidence) -> None:
    # Accounts before the source, as everybody who holds both takes them.
    if evidence.members is not None and "accounts" in account.capabilities:
        listed = {member.account_id: member.name for member in evidence.members}
        await keep_linked(tx, account, listed)
    if evidence.export is not None and "bills" in account.capabilities:
        export = evidence.export
        await read_export(
            tx,
            account,
            name=export.name,
            bucket=export.bucket,
            prefix=export.prefix,
            region=export.region,
        )
