"""Changes of an account's two statuses: each is written with the event that tells it."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid5

from finops_common.contracts.ingestion import (
    CloudAccountRegistered,
    CollectionStatus,
    CollectionStatusChanged,
    ConnectionStatus,
    ConnectionStatusChanged,
    IngestionNotice,
)
from finops_common.contracts.notices import Severity
from finops_common.db.transaction import Transaction
from finops_common.i18n import LANGUAGES
from finops_ingestion.accounts.advice import advice_on
from finops_ingestion.accounts.domain import Cause, CloudAccount, may_collect
from finops_ingestion.accounts.repository import AccountRepository
from finops_ingestion.accounts.sources import BillingSource


def facts(account: CloudAccount) -> dict[str, Any]:
    """What every event of an account says."""
    return {
        "cloud_account_id": account.id,
        "company_id": account.company_id,
        "organization_id": account.organization_id,
        "provider": account.provider,
        "account_id": account.account_id,
        "payer_account_id": account.payer_account_id,
    }


def announce_registered(tx: Transaction, account: CloudAccount) -> None:
    """Say that ownership is proven."""
    _publish(tx, account, CloudAccountRegistered(**facts(account)))


async def connect(
    tx: Transaction, account: CloudAccount, status: ConnectionStatus, cause: Cause | None
) -> CloudAccount:
    """Set the connection status, and say so when it is another one or has another cause."""
    before = {"status": account.connection, "cause": account.connection_cause}
    after = {"status": status, "cause": cause}
    if before == after:
        return account
    changed = await AccountRepository(tx).change(
        account.id, connection=status, connection_cause=cause
    )
    announce_connection(tx, changed, before)
    if changed.origin == "registered" and account.connection == "healthy":
        _warn_of_connection(tx, changed)
    return changed


def _warn_of_connection(tx: Transaction, account: CloudAccount) -> None:
    """Tell who can mend it; nothing where nothing is broken."""
    severities: dict[ConnectionStatus, Severity] = {
        "error": "critical",
        "update_required": "warning",
    }
    severity = severities.get(account.connection)
    if severity is None:
        return
    facts = {
        f"advice.{each}": advice
        for each in LANGUAGES
        if (advice := advice_on(account.connection_cause, each))
    }
    _notify(tx, account, "cloud_account.broken", severity, str(account.version), facts)


def _notify(
    tx: Transaction,
    account: CloudAccount,
    kind: str,
    severity: Severity,
    occasion: str,
    facts: dict[str, str],
) -> None:
    """One notice an occasion, to those who may change the account's connection."""
    named = {"provider": account.provider, "account_id": account.account_id, "name": account.name}
    tx.publish(
        IngestionNotice(
            notice_id=uuid5(account.id, f"{kind} {occasion}"),
            company_id=account.company_id,
            organization_id=account.organization_id,
            category="ingestion",
            kind=kind,
            about=str(account.id),
            severity=severity,
            permission="cloud-accounts:edit",
            facts=named | facts,
            link=f"/organizations/{account.organization_id}/cloud-accounts/{account.id}",
        ),
        company_id=account.company_id,
        organization_id=account.organization_id,
    )


def announce_connection(tx: Transaction, account: CloudAccount, before: dict[str, Any]) -> None:
    """Say what the connection status is now, and what it was."""
    after = {"status": account.connection, "cause": account.connection_cause}
    _publish(
        tx, account, ConnectionStatusChanged(**facts(account), **after, before=before, after=after)
    )


async def collect(
    tx: Transaction, source: BillingSource, status: CollectionStatus, cause: str | None = None
) -> None:
    """Set how collecting goes for every account the source delivers; `tx` is of its company.

    The event is the registered accounts': it is one collection, however many linked accounts
    the bill names.

    Raises:
        ImpossibleChangeError: `status` cannot follow the one there is.
    """
    if source.payer_account_id is None:
        return
    accounts = await AccountRepository(tx).list_of_payer(source.company_id, source.payer_account_id)
    await _collect_all(tx, accounts, status, cause)


async def _collect_all(
    tx: Transaction, accounts: Iterable[CloudAccount], status: CollectionStatus, cause: str | None
) -> None:
    for account in accounts:
        before = {"status": account.collection, "cause": account.collection_cause}
        after = {"status": status, "cause": cause}
        if account.proven_at is None or before == after:
            continue
        may_collect(account.collection, status)
        changed = await AccountRepository(tx).change(
            account.id, collection=status, collection_cause=cause
        )
        if changed.origin == "linked":
            continue
        event = CollectionStatusChanged(**facts(changed), **after, before=before, after=after)
        _publish(tx, changed, event)
        if status == "failed":
            # A month that fails every hour is told once a day.
            occasion = f"{cause} {tx.now.date()}"
            _notify(tx, changed, "collection.failed", "warning", occasion, {"cause": cause or ""})


def _publish(
    tx: Transaction,
    account: CloudAccount,
    event: CloudAccountRegistered | ConnectionStatusChanged | CollectionStatusChanged,
) -> None:
    tx.publish(
        event,
        version=account.version,
        company_id=account.company_id,
        organization_id=account.organization_id,
    )
