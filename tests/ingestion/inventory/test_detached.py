"""What is listed while its account is detached."""

from uuid import UUID

import pytest
from sqlalchemy import func, select
from tests.ingestion.registry import Registry

from finops_common.contracts.ingestion import ListedCommitment
from finops_common.db.tables import outbox
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.connections.adapters.aws import Session
from finops_ingestion.connections.service import ConnectionService
from finops_ingestion.inventory.adapters import AwsCommitments
from finops_ingestion.inventory.service import InventoryService
from finops_ingestion.inventory.tables import inventory_listings


class OpenDoors(ConnectionService):
    """Lets everybody in."""

    def __init__(self) -> None:
        pass

    async def session(self, cloud_account_id: UUID) -> Session:
        return Session(f"arn:aws:iam::{cloud_account_id}:role/any", {})


class Detaching(AwsCommitments):
    """Owns nothing, and takes so long to say so that the account is detached meanwhile."""

    def __init__(self, registry: Registry, detached: UUID | None) -> None:
        self._registry = registry
        self._detached = detached

    async def list_of(self, account: CloudAccount, session: Session) -> list[ListedCommitment]:  # noqa: ARG002 - nothing is asked
        if self._detached is not None:
            await self._registry.detaching.detach(self._registry.caller, self._detached)
        return []


@pytest.mark.req("ING-5", part="nothing is told of what a detached account owns")
@pytest.mark.parametrize(("detached", "told"), [(False, 1), (True, 0)])
async def test_what_was_asked_before_an_account_was_detached_is_not_told(
    registry: Registry, detached: bool, told: int
) -> None:
    payer = await registry.account()
    await registry.source(payer)
    aws = Detaching(registry, payer.id if detached else None)

    listed = await InventoryService(registry.database, OpenDoors(), {"AWS": aws}).list_next()

    async with registry.transaction() as tx:
        snapshots = await tx.scalar(select(func.count()).select_from(inventory_listings))
        topics = [row.topic for row in await tx.all(select(outbox.c.topic))]
    sent = [topic for topic in topics if topic.endswith("inventory")]
    assert (listed, snapshots, len(sent)) == (True, told, told)
