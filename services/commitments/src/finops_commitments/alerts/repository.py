"""Alerts in PostgreSQL."""

from dataclasses import fields

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from finops_commitments.alerts.domain import Alert, Raised
from finops_commitments.alerts.tables import alerts
from finops_common.db.transaction import Transaction
from finops_common.pagination import Page, PageRequest, read_page

_c = alerts.c
_COLUMNS = tuple(_c[field.name] for field in fields(Raised))


class AlertRepository:
    """Alerts of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, alert: Alert) -> bool:
        """Record it; False when it was sent before."""
        row = insert(alerts).values(
            organization_id=self._tx.organization_id,
            id=alert.id_in(self._tx.organization_id),
            company_id=self._tx.company_id,
            kind=alert.kind,
            about=alert.about,
            occasion=alert.occasion,
            severity=alert.severity,
            facts=dict(alert.facts),
            raised_at=self._tx.now,
        )
        return await self._tx.execute(row.on_conflict_do_nothing()) == 1

    async def page(self, request: PageRequest) -> Page[Raised]:
        """By default the newest first."""
        return await read_page(
            self._tx,
            select(*_COLUMNS).where(_c.organization_id == self._tx.organization_id),
            request,
            sortable={"raised_at": _c.raised_at},
            default="-raised_at",
            unique=_c.id,
            make=lambda row: Raised(*row[: len(_COLUMNS)]),
        )
