"""Sealed credentials and ExternalIds in PostgreSQL."""

import json
import secrets
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from finops_common.db.transaction import Transaction
from finops_common.sealing import Sealer
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.connections.credentials import CREDENTIALS
from finops_ingestion.connections.tables import credentials, external_ids


class CredentialRepository:
    """What opens customers' clouds; sealed under the organization's key (PRIV-6)."""

    def __init__(self, tx: Transaction, sealer: Sealer) -> None:
        self._tx = tx
        self._sealer = sealer

    async def external_id(self, company_id: UUID, organization_id: UUID) -> str:
        """The organization's own; made when first asked for, and never another."""
        found = select(external_ids.c.sealed).where(
            external_ids.c.organization_id == organization_id
        )
        place = f"external_ids/sealed/{organization_id}"
        sealed = await self._tx.scalar(found)
        if sealed is None:
            made = secrets.token_urlsafe(24).encode()
            row = upsert(external_ids).values(
                organization_id=organization_id,
                company_id=company_id,
                sealed=await self._sealer.seal(self._tx, organization_id, place, made),
                created_at=self._tx.now,
            )
            # Two at once: the first one's is everybody's.
            await self._tx.execute(row.on_conflict_do_nothing())
            sealed = await self._tx.scalar(found)
        return (await self._sealer.open(self._tx, organization_id, place, sealed)).decode()

    async def find(self, account: CloudAccount) -> Any | None:  # noqa: ANN401 - by provider
        """Those in force, as the provider's class; None for an account that is reached through its payer."""
        if account.credentials_version is None:
            return None
        found = select(credentials.c.sealed, credentials.c.organization_id).where(
            credentials.c.cloud_account_id == account.id,
            credentials.c.version == account.credentials_version,
        )
        row = await self._tx.one(found)
        place = _place(account.id, account.credentials_version)
        opened = await self._sealer.open(self._tx, row.organization_id, place, row.sealed)
        return CREDENTIALS[account.provider](**json.loads(opened))

    async def replace(self, account: CloudAccount, given: Any) -> int:  # noqa: ANN401 - by provider
        """Keep `given` as the next version and forget those before; its number."""
        version = (account.credentials_version or 0) + 1
        sealed = await self._sealer.seal(
            self._tx,
            account.organization_id,
            _place(account.id, version),
            json.dumps(asdict(given)).encode(),
        )
        await self._tx.execute(
            delete(credentials).where(credentials.c.cloud_account_id == account.id)
        )
        new = insert(credentials).values(
            cloud_account_id=account.id,
            version=version,
            company_id=account.company_id,
            organization_id=account.organization_id,
            sealed=sealed,
            created_at=self._tx.now,
        )
        await self._tx.execute(new)
        return version


async def forget_credentials(tx: Transaction, cloud_account_id: UUID) -> None:
    """Destroy all that opens an account; nobody can open it again with what we know."""
    await tx.execute(delete(credentials).where(credentials.c.cloud_account_id == cloud_account_id))


def _place(cloud_account_id: UUID, version: int) -> str:
    return f"credentials/sealed/{cloud_account_id}/{version}"
