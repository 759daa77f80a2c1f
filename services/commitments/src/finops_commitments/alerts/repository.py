"""Alerts in PostgreSQL."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
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
        self._mine = _c.organization_id == tx.organization_id

    async def add(self, alert: Alert, recipients: Mapping[str, Any]) -> bool:
        """Record it; False when it was sent before."""
        row = insert(alerts).values(
            organization_id=self._tx.organization_id,
            id=alert.id_in(self._tx.organization_id),
            company_id=self._tx.company_id,
            kind=alert.kind,
            about=alert.about,
            occasion=alert.occasion,
            matter=alert.matter,
            severity=alert.severity,
            facts=dict(alert.facts),
            recipients=recipients,
            raised_at=self._tx.now,
        )
        return await self._tx.execute(row.on_conflict_do_nothing()) == 1

    async def acknowledge(self, alert_id: UUID, user_id: UUID) -> None:
        """Note who took note first; nothing where it is no alert of here."""
        change = update(alerts).where(self._mine, _c.id == alert_id, _c.acknowledged_at.is_(None))
        values = {"acknowledged_by": user_id, "acknowledged_at": self._tx.now}
        await self._tx.execute(change.values(**values))

    async def unsent(self, wanted: Iterable[Alert]) -> list[Alert]:
        """Those of them that nobody was told of, nor took note of their matter."""
        ids = {each.id_in(self._tx.organization_id): each for each in wanted}
        rows = await self._tx.all(select(_c.id).where(self._mine, _c.id.in_(ids)))
        sent = {row.id for row in rows}
        known = await self._acknowledged()
        return [
            each
            for alert_id, each in ids.items()
            if alert_id not in sent and (each.kind, each.about, each.matter) not in known
        ]

    async def page(self, request: PageRequest) -> Page[Raised]:
        """By default the newest first."""
        return await read_page(
            self._tx,
            select(*_COLUMNS).where(self._mine),
            request,
            sortable={"raised_at": _c.raised_at},
            default="-raised_at",
            unique=_c.id,
            make=lambda row: Raised(*row[: len(_COLUMNS)]),
        )

    async def _acknowledged(self) -> set[tuple[str, str, str]]:
        found = select(_c.kind, _c.about, _c.matter).distinct()
        rows = await self._tx.all(found.where(self._mine, _c.acknowledged_at.is_not(None)))
        return {(row.kind, row.about, row.matter) for row in rows}
