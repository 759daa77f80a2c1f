"""Mails that tell of notices: opened with the notice, closed when they are about to be sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.db.transaction import Transaction
from finops_common.jobs import ATTEMPTS, enqueue
from finops_common.pagination import Page, PageRequest, read_page
from finops_org_rbac.notices.domain import Item
from finops_org_rbac.notices.repository import items_of, select_items
from finops_org_rbac.notices.tables import mails, recipients

NOTICE_MAIL = "notice.mail"
MORNING = time(8)
"""When a digest is sent, in the company's time zone."""

_l = mails.c


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person; one that is open takes further notices."""

    id: UUID
    user_id: UUID
    digest: bool
    state: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A mail that did not reach its person, so far or for good."""

    id: UUID
    user_id: UUID
    digest: bool
    final: bool
    attempts: int
    reason: str
    changed_at: datetime


def mornings(now: datetime, time_zone: str) -> Iterator[datetime]:
    """The times of the digests to come, the next first."""
    zone = ZoneInfo(time_zone)
    day = now.astimezone(zone).date()
    while True:
        morning = datetime.combine(day, MORNING, zone)
        if morning > now:
            yield morning
        day += timedelta(days=1)


class MailRepository:
    """Notices' mails of the transaction's company."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def open_alone(self, mail_id: UUID, user_id: UUID) -> UUID:
        """Queue a mail of one notice, at once."""
        await self._add(mail_id, user_id, digest=False)
        await self._queue(mail_id, self._tx.now)
        return mail_id

    async def open_digest(self, user_id: UUID, time_zone: str) -> UUID:
        """The person's next digest that still takes notices; queued by the first of them."""
        for morning in mornings(self._tx.now, time_zone):
            mail_id = uuid5(user_id, f"{self._tx.company_id} {morning.date()}")
            await self._add(mail_id, user_id, digest=True)
            mail = await self.lock(mail_id)
            # Locked: it is not closed before this notice is in it.
            if mail is not None and mail.state == "open":
                await self._queue(mail_id, morning)
                return mail_id
        raise AssertionError("mornings end")

    async def lock(self, mail_id: UUID) -> Mail | None:
        columns = (_l.id, _l.user_id, _l.digest, _l.state)
        row = await self._tx.one_or_none(
            select(*columns).where(*self._is(mail_id)).with_for_update()
        )
        return None if row is None else Mail(**row._mapping)

    async def items(self, mail_id: UUID) -> list[Item]:
        """The notices it tells of, the oldest first."""
        told = select_items(self._tx.now).where(
            recipients.c.company_id == self._tx.company_id, recipients.c.mail_id == mail_id
        )
        rows = await self._tx.all(told.order_by(recipients.c.raised_at, recipients.c.id))
        return items_of(rows)

    async def set_state(self, mail_id: UUID, state: str) -> None:
        change = update(mails).where(*self._is(mail_id))
        await self._tx.execute(change.values(state=state, changed_at=self._tx.now))

    async def fail(self, mail_id: UUID, reason: str, *, final: bool) -> None:
        """Note a sending that failed; after the last, its notices stand in the inbox for sure."""
        change = update(mails).where(*self._is(mail_id), _l.state != "sent")
        values = {"attempts": _l.attempts + 1, "reason": reason, "changed_at": self._tx.now}
        attempts = await self._tx.scalar(change.values(**values).returning(_l.attempts))
        if attempts is not None and (final or attempts >= ATTEMPTS):
            await self.set_state(mail_id, "failed")
            untold = update(recipients).where(
                recipients.c.company_id == self._tx.company_id, recipients.c.mail_id == mail_id
            )
            await self._tx.execute(untold.values(shown=True))

    async def page_of_failures(self, request: PageRequest) -> Page[Failure]:
        """Mails that failed at least once and were not sent since; by default the newest first."""
        final = (_l.state == "failed").label("final")
        columns = (_l.id, _l.user_id, _l.digest, final, _l.attempts, _l.reason, _l.changed_at)
        found = select(*columns).where(
            _l.company_id == self._tx.company_id, _l.reason.is_not(None), _l.state != "sent"
        )
        return await read_page(
            self._tx,
            found,
            request,
            sortable={"changed_at": _l.changed_at},
            default="-changed_at",
            unique=_l.id,
            make=lambda row: Failure(*row[: len(columns)]),
        )

    async def _add(self, mail_id: UUID, user_id: UUID, *, digest: bool) -> None:
        row = insert(mails).values(
            user_id=user_id,
            id=mail_id,
            company_id=self._tx.company_id,
            digest=digest,
            state="open",
            changed_at=self._tx.now,
        )
        await self._tx.execute(row.on_conflict_do_nothing())

    async def _queue(self, mail_id: UUID, at: datetime) -> None:
        # No address and no text: what is sent is looked up when it is.
        payload = {"company_id": str(self._tx.company_id)}
        await enqueue(self._tx, NOTICE_MAIL, payload, job_id=mail_id, run_at=at)

    def _is(self, mail_id: UUID) -> tuple[ColumnElement[Any], ...]:
        return (_l.company_id == self._tx.company_id, _l.id == mail_id)
