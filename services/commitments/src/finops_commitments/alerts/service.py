"""Sends alerts as notices, each once, and shows what was sent."""

from collections.abc import Iterable

from finops_commitments.alerts.domain import Alert, Raised
from finops_commitments.alerts.repository import AlertRepository
from finops_common.auth.caller import Caller
from finops_common.contracts.commitments import CommitmentNotice
from finops_common.db.transaction import Database, Transaction
from finops_common.pagination import Page, PageRequest


async def send(tx: Transaction, alerts: Iterable[Alert]) -> None:
    """Publish those that were not sent before; record and notice leave together."""
    repository = AlertRepository(tx)
    for alert in alerts:
        if await repository.add(alert):
            tx.publish(
                CommitmentNotice(
                    notice_id=alert.id_in(tx.organization_id),
                    company_id=tx.company_id,
                    organization_id=tx.organization_id,
                    category="commitments",
                    kind=alert.kind,
                    about=alert.about,
                    severity=alert.severity,
                    permission="commitments:view",
                    facts=dict(alert.facts),
                    link=f"/organizations/{tx.organization_id}/commitments",
                )
            )


class AlertService:
    """What people read of alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, caller: Caller, request: PageRequest) -> Page[Raised]:
        """What the organization's people were told."""
        async with self._database.transaction(caller) as tx:
            return await AlertRepository(tx).page(request)
