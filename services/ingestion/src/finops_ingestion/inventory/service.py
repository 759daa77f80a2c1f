"""Listing commitments: every payer's, and its linked accounts' where a role of theirs allows.

AWS lists only what the calling account owns, for payers too, so each account is asked
with its own role. Accounts without one are left out, and the snapshot says so: what
they own is seen on the payer's bill alone. Azure and Google Cloud tell of all that the
payer pays for.
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from finops_common.acting import Acting
from finops_common.contracts.ingestion import InventoryListed, ListedCommitment, Provider
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.ids import new_id
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.repository import AccountRepository
from finops_ingestion.accounts.sources import BillingSource, hold_source
from finops_ingestion.accounts.turns import claim_turn, set_turn
from finops_ingestion.connections.domain import ConnectionBrokenError
from finops_ingestion.connections.service import ConnectionService
from finops_ingestion.inventory.domain import Lister, RightMissingError, in_parts
from finops_ingestion.inventory.tables import inventory_listings

EVERY = timedelta(hours=6)
AWS: Provider = "AWS"


class InventoryService:
    """Use cases of the inventory."""

    def __init__(
        self,
        database: Database,
        connections: ConnectionService,
        listers: Mapping[Provider, Lister],
    ) -> None:
        self._database = database
        self._connections = connections
        self._listers = listers

    async def list_next(self) -> bool:
        """List the commitments of one billing source that is due; False when none is."""
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            source = await claim_turn(tx, "inventory")
            if source is None or source.payer_account_id is None:
                return False
            accounts = await AccountRepository(tx).list_of_payer(
                source.company_id, source.payer_account_id
            )
        found, left_out = await self._ask_all(accounts)
        async with self._database.transaction(Acting(scopes.company(source.company_id))) as tx:
            await set_turn(tx, source, "inventory", tx.now + EVERY)
            held = await hold_source(tx, source.id)
            # Nobody may be asked: that is a broken connection, not an empty inventory. And
            # what was asked for before the account was detached is of no use any more.
            if found and held and held.stopped_at is None:
                await self._publish(tx, source, found, left_out)
        return True

    async def _ask_all(
        self, accounts: list[CloudAccount]
    ) -> tuple[dict[str, list[ListedCommitment]], dict[str, str]]:
        found: dict[str, list[ListedCommitment]] = {}
        left_out: dict[str, str] = {}
        for account in accounts:
            number = account.account_id
            if account.credentials_version is None:
                if account.provider == AWS:
                    left_out[number] = "role_missing"
                continue
            try:
                session = await self._connections.session(account.id)
                found[number] = await self._listers[account.provider].list_of(account, session)
            except ConnectionBrokenError as broken:
                left_out[number] = broken.cause
            except RightMissingError:
                left_out[number] = "policy_too_small"
        return found, left_out

    async def _publish(
        self,
        tx: Transaction,
        source: BillingSource,
        found: dict[str, list[ListedCommitment]],
        left_out: dict[str, str],
    ) -> None:
        snapshot = new_id()
        commitments = [each for listed in found.values() for each in listed]
        parts = list(in_parts(commitments))
        for number, part in enumerate(parts):
            event = InventoryListed(
                billing_source_id=source.id,
                company_id=source.company_id,
                organization_id=source.organization_id,
                payer_account_id=source.payer_account_id or "",
                snapshot=snapshot,
                listed_at=tx.now,
                part=number,
                parts=len(parts),
                accounts=tuple(sorted(found)) if source.provider == AWS else (),
                commitments=part,
            )
            tx.publish(event, organization_id=source.organization_id)
        await _remember(tx, source, snapshot, len(commitments), left_out)


async def _remember(
    tx: Transaction, source: BillingSource, snapshot: UUID, count: int, left_out: dict[str, str]
) -> None:
    row = insert(inventory_listings).values(
        billing_source_id=source.id,
        company_id=source.company_id,
        snapshot=snapshot,
        listed_at=tx.now,
        commitments=count,
        left_out=left_out,
    )
    newest = {
        name: row.excluded[name] for name in ("snapshot", "listed_at", "commitments", "left_out")
    }
    await tx.execute(row.on_conflict_do_update(index_elements=["billing_source_id"], set_=newest))
