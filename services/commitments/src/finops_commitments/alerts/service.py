"""Sends alerts as notices, each once, and shows what was sent."""

from collections.abc import Iterable
from uuid import UUID

from finops_commitments.alerts.domain import Alert, Raised
from finops_commitments.alerts.recipients import DEFAULT, KIND, Recipients
from finops_commitments.alerts.repository import AlertRepository
from finops_commitments.entered.service import list_entered
from finops_common.auth.caller import Caller
from finops_common.contracts.commitments import CommitmentNotice
from finops_common.db.transaction import Database, Transaction
from finops_common.pagination import Page, PageRequest


async def send(tx: Transaction, alerts: Iterable[Alert]) -> None:
    """Publish those that were not sent before and that nobody took note of, to whom it may concern.

    Record and notice leave together.
    """
    repository = AlertRepository(tx)
    chosen: dict[str, Recipients] = {
        each.body.kind: each.body.chosen for each in await list_entered(tx, KIND)
    }
    for alert in await repository.unsent(alerts):
        # Another that sends at once may have been first.
        to = chosen.get(alert.kind, DEFAULT)
        if await repository.add(alert, to.model_dump(mode="json")):
            tx.publish(
                CommitmentNotice(
                    notice_id=alert.id_in(tx.organization_id),
                    company_id=tx.company_id,
                    organization_id=tx.organization_id,
                    category="commitments",
                    kind=alert.kind,
                    about=alert.about,
                    severity=alert.severity,
                    permission=to.permission,
                    user_ids=to.user_ids,
                    channel_ids=to.channel_ids,
                    facts=dict(alert.facts),
                    link=f"/organizations/{tx.organization_id}/commitments",
                )
            )


async def unsent(tx: Transaction, alerts: Iterable[Alert]) -> list[Alert]:
    """Those of them that `send` would send, so that only these are worked out."""
    return await AlertRepository(tx).unsent(alerts)


async def acknowledge(tx: Transaction, alert_id: UUID, user_id: UUID) -> None:
    """Send no more of what this alert is about; nothing where it is no alert of here."""
    await AlertRepository(tx).acknowledge(alert_id, user_id)


class AlertService:
    """What people read of alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, caller: Caller, request: PageRequest) -> Page[Raised]:
        """What the organization's people were told."""
        async with self._database.transaction(caller) as tx:
            return await AlertRepository(tx).page(request)
