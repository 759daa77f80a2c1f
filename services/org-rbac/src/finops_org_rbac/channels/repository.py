"""Channels and calls in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, and_, any_, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.contracts.notices import Category, Notice, Severity
from finops_common.db.transaction import Transaction
from finops_common.i18n import Language
from finops_common.jobs import ATTEMPTS, enqueue
from finops_org_rbac.channels.domain import Channel, Kind, wanted_from
from finops_org_rbac.channels.tables import calls, channels
from finops_org_rbac.notices.tables import notices

NOTICE_CALL = "notice.call"

_c, _k, _n = channels.c, calls.c, notices.c


@dataclass(frozen=True, slots=True)
class Call:
    """One notice on its way to one channel, with the sealed address."""

    channel_id: UUID
    channel: Kind
    language: Language
    sealed_url: bytes
    sealed_secret: bytes | None
    notice_id: UUID
    category: Category
    kind: str
    about: str
    severity: Severity
    facts: dict[str, str]
    link: str
    raised_at: datetime


class ChannelRepository:
    """Channels of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._mine = _c.organization_id == tx.organization_id

    async def lock(self) -> int:
        """Let one channel be made at a time; how many there are."""
        await self._tx.lock("notice channels", self._tx.organization_id)
        return int(await self._tx.scalar(select(func.count()).where(self._mine)))

    async def list_all(self) -> list[Channel]:
        failing = and_(
            _k.organization_id == _c.organization_id,
            _k.channel_id == _c.id,
            _k.reason.is_not(None),
            _k.state != "sent",
        )
        many = select(func.count()).where(failing).scalar_subquery()
        last = select(_k.reason).where(failing).order_by(_k.changed_at.desc()).limit(1)
        own = (_c.id, _c.kind, _c.name, _c.language, _c.categories, _c.severity, _c.host)
        failed = (many.label("failing"), last.scalar_subquery().label("last_failure"))
        found = select(*own, _c.created_at, *failed).where(self._mine)
        rows = await self._tx.all(found.order_by(_c.created_at, _c.id))
        return [Channel(**{**row._mapping, "categories": tuple(row.categories)}) for row in rows]

    async def find(self, channel_id: UUID) -> Channel | None:
        return next((each for each in await self.list_all() if each.id == channel_id), None)

    async def sealed_secret(self, channel_id: UUID) -> bytes | None:
        found: bytes | None = await self._tx.scalar(
            select(_c.sealed_secret).where(self._mine, _c.id == channel_id)
        )
        return found

    async def add(self, channel_id: UUID, **values: Any) -> None:  # noqa: ANN401 - columns of notice_channels
        row = insert(channels).values(
            organization_id=self._tx.organization_id,
            company_id=self._tx.company_id,
            id=channel_id,
            created_at=self._tx.now,
            **values,
        )
        await self._tx.execute(row)

    async def remove(self, channel_id: UUID) -> bool:
        """With its calls; False when there is none."""
        own = (_k.organization_id == self._tx.organization_id, _k.channel_id == channel_id)
        await self._tx.execute(delete(calls).where(*own))
        gone = delete(channels).where(self._mine, _c.id == channel_id)
        return await self._tx.execute(gone) == 1


async def call_channels(tx: Transaction, notice: Notice) -> None:
    """Queue a call of the channels it names, else of every one of its organization that wants it."""
    wanting = select(_c.id).where(_c.organization_id == notice.organization_id)
    if notice.channel_ids is not None:
        wanting = wanting.where(_c.id.in_(notice.channel_ids))
    else:
        wanting = wanting.where(
            literal(notice.category) == any_(_c.categories),
            _c.severity.in_(wanted_from(notice.severity)),
        )
    payload = {
        "company_id": str(notice.company_id),
        "organization_id": str(notice.organization_id),
    }
    for row in await tx.all(wanting.order_by(_c.id)):
        call_id = uuid5(notice.notice_id, f"{notice.organization_id}/{row.id}")
        new = insert(calls).values(
            organization_id=notice.organization_id,
            id=call_id,
            company_id=notice.company_id,
            channel_id=row.id,
            notice_id=notice.notice_id,
            state="waiting",
            changed_at=tx.now,
        )
        await tx.execute(new)
        lane = str(notice.organization_id)
        await enqueue(tx, NOTICE_CALL, payload, job_id=call_id, lane=lane)


class CallRepository:
    """Calls of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def find_waiting(self, call_id: UUID) -> Call | None:
        """What is to be sent; None when it was, or its channel is gone."""
        there = (_c.organization_id == _k.organization_id, _c.id == _k.channel_id)
        about = (_n.organization_id == _k.organization_id, _n.id == _k.notice_id)
        joined = calls.join(channels, and_(*there)).join(notices, and_(*about))
        kind = (_c.id.label("channel_id"), _c.kind.label("channel"), _c.language)
        channel = (*kind, _c.sealed_url, _c.sealed_secret)
        told = (
            _n.id.label("notice_id"),
            _n.category,
            _n.kind,
            _n.about,
            _n.severity,
            _n.facts,
            _n.link,
        )
        found = select(*channel, *told, _n.raised_at).select_from(joined)
        row = await self._tx.one_or_none(found.where(*self._is(call_id), _k.state == "waiting"))
        return None if row is None else Call(**row._mapping)

    async def settle(self, call_id: UUID) -> None:
        """It was taken."""
        change = update(calls).where(*self._is(call_id))
        await self._tx.execute(change.values(state="sent", changed_at=self._tx.now))

    async def fail(self, call_id: UUID, reason: str, *, final: bool) -> None:
        """Note a try that failed; after the last it is given up."""
        change = update(calls).where(*self._is(call_id), _k.state == "waiting")
        values = {"attempts": _k.attempts + 1, "reason": reason, "changed_at": self._tx.now}
        attempts = await self._tx.scalar(change.values(**values).returning(_k.attempts))
        if attempts is not None and (final or attempts >= ATTEMPTS):
            await self._tx.execute(update(calls).where(*self._is(call_id)).values(state="failed"))

    def _is(self, call_id: UUID) -> tuple[ColumnElement[bool], ...]:
        return (_k.organization_id == self._tx.organization_id, _k.id == call_id)
