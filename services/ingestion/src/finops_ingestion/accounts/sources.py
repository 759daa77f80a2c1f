"""Where bills come from, and whose each account on them is: what imports ask."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import insert, select, update

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


@dataclass(frozen=True)
class Assignments:
    """Which organization each account of a source belongs to."""

    known: Mapping[str, UUID]
    otherwise: UUID

    def of(self, account_id: str | None) -> UUID:
        """The account's organization; of an unknown account, and of none, the payer's."""
        return self.known.get(account_id or "", self.otherwise)


EXPORTS: Mapping[str, str] = MappingProxyType(
    {"AWS": "aws_export", "Microsoft": "azure_export", "Google Cloud": "gcp_export"}
)
"""The kind of source that delivers a provider's own bills."""

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
    return [BillingSource(**row._mapping) for row in await tx.all(found)]


async def find_source(tx: Transaction, source_id: UUID) -> BillingSource | None:
    """One source within the transaction's scope, stopped or not."""
    row = await tx.one_or_none(select(*COLUMNS).where(billing_sources.c.id == source_id))
    return None if row is None else BillingSource(**row._mapping)


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
    row = await tx.one_or_none(
        select(*COLUMNS).where(
            billing_sources.c.kind == EXPORTS[provider],
            billing_sources.c.provider == provider,
            billing_sources.c.payer_account_id == payer_account_id,
            billing_sources.c.stopped_at.is_(None),
        )
    )
    return None if row is None else BillingSource(**row._mapping)


async def read_export(
    tx: Transaction, account: CloudAccount, *, name: str, bucket: str, prefix: str, region: str
) -> None:
    """Let the payer's bills come from this export; another one that did so stops."""
    place = {"name": name, "bucket": bucket, "prefix": prefix, "region": region}
    now = await find_export(tx, account.provider, account.account_id)
    if now is not None:
        if all(getattr(now, field) == value for field, value in place.items()):
            return
        stop = update(billing_sources).where(billing_sources.c.id == now.id)
        await tx.execute(stop.values(stopped_at=tx.now))
    new = insert(billing_sources).values(
        id=new_id(),
        company_id=account.company_id,
        organization_id=account.organization_id,
        provider=account.provider,
        kind=EXPORTS[account.provider],
        cloud_account_id=account.id,
        payer_account_id=account.account_id,
        created_at=tx.now,
        **place,
    )
    await tx.execute(new)
