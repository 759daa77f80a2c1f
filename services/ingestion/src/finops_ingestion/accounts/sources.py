"""Where bills come from, and whose each account on them is: what imports ask."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update

from finops_common.db.transaction import Transaction
from finops_common.ids import new_id
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.tables import billing_sources, cloud_accounts


@dataclass(frozen=True)
class BillingSource:
    """One place that delivers bills; `cloud_account_id` names whose credentials open it."""

    id: UUID
    company_id: UUID
    organization_id: UUID
    provider: str
    kind: str
    name: str
    cloud_account_id: UUID | None
    payer_account_id: str | None
    bucket: str | None
    prefix: str | None
    region: str | None
    stopped_at: datetime | None = None
    """Since when nothing is asked for any more; what it has delivered stays."""


@dataclass(frozen=True)
class Assignments:
    """Which organization each account of a source belongs to."""

    known: Mapping[str, UUID]
    otherwise: UUID

    @property
    def digest(self) -> str:
        """Differs between two assignments that give some account to different organizations."""
        apart = {account: owner for account, owner in self.known.items() if owner != self.otherwise}
        told = [f"{account}={owner}" for account, owner in sorted(apart.items())]
        return hashlib.sha256("\n".join([str(self.otherwise), *told]).encode()).hexdigest()

    def of(self, account_id: str | None) -> UUID:
        """The account's organization; of an unknown account, and of none, the payer's."""
        return self.known.get(account_id or "", self.otherwise)


EXPORTS: Mapping[str, str] = MappingProxyType(
    {"AWS": "aws_export", "Microsoft": "azure_export", "Google Cloud": "gcp_export"}
)
"""The kind of source that delivers a provider's own bills."""

FOLDER = "focus_folder"
"""The kind of source that is a folder of FOCUS files in a bucket: as uploads, whoever fills it
proves nothing. Its provider is none of the clouds, so its lines stay with who registered it."""

COLUMNS = [billing_sources.c[name] for name in BillingSource.__dataclass_fields__]


async def list_sources(
    tx: Transaction, *, kind: str | None = None, payers: Collection[str] | None = None
) -> list[BillingSource]:
    """All live sources within the transaction's scope (a company, or everybody's)."""
    found = select(*COLUMNS).where(billing_sources.c.stopped_at.is_(None))
    if kind is not None:
        found = found.where(billing_sources.c.kind == kind)
    if payers is not None:
        found = found.where(billing_sources.c.payer_account_id.in_(list(payers)))
    return await _all(tx, found)


async def list_exports(tx: Transaction) -> list[BillingSource]:
    """The clouds' own exports within the transaction's scope, stopped or not."""
    exports = billing_sources.c.kind.in_(list(EXPORTS.values()))
    return await _all(tx, select(*COLUMNS).where(exports).order_by(billing_sources.c.id))


async def find_source(tx: Transaction, source_id: UUID) -> BillingSource | None:
    """One source within the transaction's scope, stopped or not."""
    return await _one(tx, select(*COLUMNS).where(billing_sources.c.id == source_id))


async def hold_source(
    tx: Transaction, source_id: UUID, *, to_change: bool = False
) -> BillingSource | None:
    """The source, kept as it is until the transaction ends, and with it whose its accounts are.

    Who stops a source or moves its accounts holds it `to_change`, alone; who makes a revision
    holds it beside others. Locks are taken in one order: accounts, source, imports, periods.
    """
    found = select(*COLUMNS).where(billing_sources.c.id == source_id)
    return await _one(tx, found.with_for_update(read=not to_change))


async def stop_sources(tx: Transaction, sources: Sequence[UUID]) -> None:
    """Nothing is asked of these any more; what they have delivered stays."""
    stopped = update(billing_sources).where(billing_sources.c.id.in_(list(sources)))
    await tx.execute(stopped.values(stopped_at=tx.now))


async def sources_of(tx: Transaction, cloud_account_id: UUID) -> list[BillingSource]:
    """The sources that an account's credentials open, stopped or not."""
    mine = select(*COLUMNS).where(billing_sources.c.cloud_account_id == cloud_account_id)
    return await _all(tx, mine.order_by(billing_sources.c.id))


async def sources_paid_by(tx: Transaction, account: CloudAccount) -> list[BillingSource]:
    """The sources of the bills an account pays, whichever registration opened them."""
    found = _exports(account.provider, account.account_id).where(
        billing_sources.c.company_id == account.company_id
    )
    return await _all(tx, found.order_by(billing_sources.c.id))


async def organizations_of(tx: Transaction, source: BillingSource) -> Assignments:
    """Whose the accounts of `source` are now; `tx` must be of the company, or system.

    Only the company's own accounts count: what another company owns, or nobody
    registered, falls to the payer's organization.
    """
    mine = select(cloud_accounts.c.account_id, cloud_accounts.c.organization_id).where(
        cloud_accounts.c.company_id == source.company_id,
        cloud_accounts.c.provider == source.provider,
        cloud_accounts.c.proven_at.is_not(None),
        cloud_accounts.c.detached_at.is_(None),
    )
    known = {row.account_id: row.organization_id for row in await tx.all(mine)}
    if source.provider == "Microsoft":
        # Its FOCUS exports write a subscription as a resource, its own formats as a bare id.
        known |= {f"/subscriptions/{each}": owner for each, owner in known.items()}
    return Assignments(known, source.organization_id)


async def find_export(
    tx: Transaction, provider: str, payer_account_id: str
) -> BillingSource | None:
    """The export whose bills of a payer are read."""
    found = _exports(provider, payer_account_id)
    return await _one(tx, found.where(billing_sources.c.stopped_at.is_(None)))


async def read_export(
    tx: Transaction, account: CloudAccount, *, name: str, bucket: str, prefix: str, region: str
) -> None:
    """Let the payer's bills come from this export.

    It is one source whatever export it reads, and whenever the account is registered again in
    its company: two sources of one payer would count the months that both know twice. Open
    months follow the payer to another organization, closed ones stay where they were billed.
    """
    place = {"name": name, "bucket": bucket, "prefix": prefix, "region": region}
    mine = {"cloud_account_id": account.id, "organization_id": account.organization_id}
    values = place | mine | {"stopped_at": None}
    known = _exports(account.provider, account.account_id).where(
        billing_sources.c.company_id == account.company_id
    )
    live_first = billing_sources.c.stopped_at.desc().nulls_first()
    now = await _one(tx, known.order_by(live_first).limit(1))
    if now is None:
        new = insert(billing_sources).values(
            id=new_id(),
            company_id=account.company_id,
            provider=account.provider,
            kind=EXPORTS[account.provider],
            payer_account_id=account.account_id,
            created_at=tx.now,
            **values,
        )
        await tx.execute(new)
    elif any(getattr(now, field) != value for field, value in values.items()):
        change = update(billing_sources).where(billing_sources.c.id == now.id)
        await tx.execute(change.values(**values))


def _exports(provider: str, payer_account_id: str) -> Select[Any]:
    return select(*COLUMNS).where(
        billing_sources.c.kind == EXPORTS[provider],
        billing_sources.c.provider == provider,
        billing_sources.c.payer_account_id == payer_account_id,
    )


async def _all(tx: Transaction, found: Select[Any]) -> list[BillingSource]:
    return [BillingSource(**row._mapping) for row in await tx.all(found)]


async def _one(tx: Transaction, found: Select[Any]) -> BillingSource | None:
    row = await tx.one_or_none(found)
    return None if row is None else BillingSource(**row._mapping)
