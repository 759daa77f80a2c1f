"""Counts log-ins in PostgreSQL."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, any_, cast, func, literal, select, text

from finops_audit_log.entries.tables import entries
from finops_audit_log.patterns.domain import Count, Device
from finops_common.contracts.identity import SessionFailed, SessionStarted
from finops_common.db.transaction import Transaction


async def count_log_ins(
    tx: Transaction, people: Collection[UUID], since: datetime, until: datetime, timezone: str
) -> list[Count]:
    """Log-ins of `people` by hour of the day in `timezone` and by device; in system scope."""
    local = func.timezone(timezone, entries.c.happened_at)
    hour = cast(func.date_part("hour", local), Integer).label("hour")
    names = ("browser", "operating_system", "device")
    device = [entries.c.data[name].astext.label(name) for name in names]
    actions = (SessionStarted.name, SessionFailed.name)
    counted = [func.count().filter(entries.c.action == name) for name in actions]
    rows = await tx.all(
        select(entries.c.person_id, hour, *device, *counted)
        .where(entries.c.retention == "access", entries.c.action.in_(actions))
        .where(entries.c.person_id == any_(literal(list(people), ARRAY(Uuid))))
        .where(entries.c.happened_at >= since, entries.c.happened_at < until)
        .group_by(entries.c.person_id, text("2, 3, 4, 5"))
    )
    return [
        Count(person, at, Device(browser, system, kind), log_ins, failed)
        for person, at, browser, system, kind, log_ins, failed in map(tuple, rows)
    ]
