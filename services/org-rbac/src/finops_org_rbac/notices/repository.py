"""Notices and inboxes in PostgreSQL."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.contracts.notices import Notice
from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest, read_page
from finops_org_rbac.members.tables import company_members, organization_members
from finops_org_rbac.notices.domain import Candidate, Item, Preference, State, item_id
from finops_org_rbac.notices.tables import mutes, notices, preferences, recipients

_n, _r, _m, _p = notices.c, recipients.c, mutes.c, preferences.c
_OF_NOTICE = and_(_n.organization_id == _r.organization_id, _n.id == _r.notice_id)
_MUTED = and_(
    _m.user_id == _r.user_id,
    _m.organization_id == _r.organization_id,
    _m.kind == _n.kind,
    _m.about == _n.about,
)


def _still(now: datetime) -> ColumnElement[bool]:
    return or_(_m.muted_until.is_(None), _m.muted_until > now)


class NoticeRepository:
    """Notices of one organization, as they are raised there."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, notice: Notice) -> bool:
        """Write it; False when it was raised before."""
        columns = {"company_id", "organization_id", "category", "kind", "about", "severity"}
        row = insert(notices).values(
            **notice.model_dump(include=columns | {"facts", "link"}),
            id=notice.notice_id,
            raised_at=self._tx.now,
        )
        return await self._tx.execute(row.on_conflict_do_nothing()) == 1

    async def candidates(self, notice: Notice) -> list[Candidate]:
        """Active members who reach the notice's organization, always in the same order."""
        member, there = company_members.c, organization_members.c
        joined = (
            company_members.outerjoin(
                organization_members,
                and_(
                    there.user_id == member.user_id,
                    there.organization_id == notice.organization_id,
                ),
            )
            .outerjoin(
                preferences,
                and_(_p.user_id == member.user_id, _p.category == notice.category),
            )
            .outerjoin(
                mutes,
                and_(
                    _m.user_id == member.user_id,
                    _m.organization_id == notice.organization_id,
                    _m.kind == notice.kind,
                    _m.about == notice.about,
                    _still(self._tx.now),
                ),
            )
        )
        role = case((member.owner, literal("owner")), else_=there.role)
        columns = (member.user_id, role.label("role"), _p.inbox, _p.mails, _m.muted_at)
        found = (
            select(*columns)
            .select_from(joined)
            .where(member.company_id == notice.company_id, member.status == "active")
            .where(or_(member.owner, there.role.is_not(None)))
            .order_by(member.user_id)
        )
        return [_candidate(row) for row in await self._tx.all(found)]

    async def deliver(
        self, notice: Notice, user_id: UUID, *, shown: bool, mail_id: UUID | None
    ) -> None:
        """Put it before a person."""
        row = insert(recipients).values(
            user_id=user_id,
            id=item_id(notice.organization_id, notice.notice_id, user_id),
            organization_id=notice.organization_id,
            notice_id=notice.notice_id,
            company_id=notice.company_id,
            raised_at=self._tx.now,
            shown=shown,
            mail_id=mail_id,
        )
        await self._tx.execute(row)

    async def acknowledge(self, item: Item, user_id: UUID) -> bool:
        """Note who took note first; False when somebody had."""
        change = update(notices).where(
            _n.organization_id == item.organization_id,
            _n.id == item.notice_id,
            _n.acknowledged_at.is_(None),
        )
        values = {"acknowledged_by": user_id, "acknowledged_at": self._tx.now}
        return await self._tx.execute(change.values(**values)) == 1


class InboxRepository:
    """The inbox of the transaction's person, in the organizations they reach now."""

    def __init__(self, tx: Transaction, reached: Collection[UUID]) -> None:
        self._tx = tx
        self._mine = (_r.user_id == tx.person_id, _r.shown, _r.organization_id.in_(reached))

    async def page(self, request: PageRequest, state: State, category: str | None) -> Page[Item]:
        """By default the newest first."""
        found = select_items(self._tx.now).where(*self._mine)
        if state != "all":
            unread = _r.read_at.is_(None)
            found = found.where(unread if state == "unread" else ~unread)
        if category is not None:
            found = found.where(_n.category == category)
        return await read_page(
            self._tx,
            found,
            request,
            sortable={"raised_at": _r.raised_at},
            default="-raised_at",
            unique=_r.id,
            make=made,
        )

    async def unread(self) -> dict[str, int]:
        """How many are unread, by category."""
        counted = (
            select(_n.category, func.count().label("many"))
            .select_from(recipients.join(notices, _OF_NOTICE))
            .where(*self._mine, _r.read_at.is_(None))
            .group_by(_n.category)
        )
        return {row.category: row.many for row in await self._tx.all(counted)}

    async def get(self, item: UUID) -> Item:
        row = await self._tx.one_or_none(
            select_items(self._tx.now).where(*self._mine, _r.id == item)
        )
        if row is None:
            raise NotFound
        return made(row)

    async def set_read(self, item: UUID, *, read: bool) -> None:
        """Mark one; reading again keeps the first time."""
        value = func.coalesce(_r.read_at, self._tx.now) if read else None
        change = update(recipients).where(*self._mine, _r.id == item)
        if await self._tx.execute(change.values(read_at=value)) == 0:
            raise NotFound

    async def read_until(self, item: UUID) -> None:
        """Mark everything read that was raised up to and with this one."""
        newest = select(_r.raised_at).where(*self._mine, _r.id == item).scalar_subquery()
        change = update(recipients).where(*self._mine, _r.read_at.is_(None), _r.raised_at <= newest)
        await self._tx.execute(change.values(read_at=self._tx.now))


def select_items(now: datetime) -> Select[Any]:
    """Every column of an `Item`."""
    own = (_r.id, _r.notice_id, _r.organization_id, _r.company_id, _r.raised_at, _r.read_at)
    facts = (_n.category, _n.kind, _n.about, _n.severity, _n.facts, _n.link)
    taken = (_n.acknowledged_by, _n.acknowledged_at, _m.muted_at.is_not(None).label("muted"))
    joined = recipients.join(notices, _OF_NOTICE).outerjoin(mutes, and_(_MUTED, _still(now)))
    return select(*own, *facts, *taken, _m.muted_until).select_from(joined)


def made(row: Row[Any]) -> Item:
    """The item of a row of `select_items`."""
    return Item(**{field.name: row._mapping[field.name] for field in fields(Item)})


def items_of(rows: Sequence[Row[Any]]) -> list[Item]:
    """The items of rows of `select_items`."""
    return [made(row) for row in rows]


def _candidate(row: Row[Any]) -> Candidate:
    chosen = None if row.mails is None else Preference(row.inbox, row.mails)
    return Candidate(row.user_id, row.role, chosen, row.muted_at is not None)
