"""Attempts in PostgreSQL."""

from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import TooManyRequests
from finops_identity.throttling.domain import MAILS_PER_ADDRESS, Attempts
from finops_identity.throttling.tables import attempts

KEPT = timedelta(days=1)


async def admit_mail(tx: Transaction, route: str) -> None:
    """Count one request for a mail by somebody we do not know, per client address.

    Raises:
        TooManyRequests: the address has asked too often.
    """
    subject = f"{route}:{tx.origin.client_ip}"
    await AttemptRepository(tx).admit(subject, MAILS_PER_ADDRESS)


class AttemptRepository:
    """Counts attempts per subject: an account, a known device of it, or an address."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def admit(self, subject: str, allowed: int) -> None:
        """Count an attempt before it is made, so that many at once cannot slip through.

        Raises:
            TooManyRequests: it comes too early; roll back, and it is not counted.
        """
        first = insert(attempts).values(subject=subject, count=0, since=self._tx.now)
        await self._tx.execute(first.on_conflict_do_nothing())
        mine = attempts.c.subject == subject
        row = await self._tx.one(select(attempts).where(mine).with_for_update())
        tried = Attempts(row._mapping["count"], row.since, row.blocked_until)
        wait = tried.wait(self._tx.now)
        if wait:
            raise TooManyRequests(retry_after=wait)
        now = tried.one_more(self._tx.now, allowed)
        change = update(attempts).where(mine)
        await self._tx.execute(
            change.values(count=now.count, since=now.since, blocked_until=now.blocked_until)
        )

    async def forget(self, subject: str) -> None:
        """The right one was among them: start from nothing."""
        await self._tx.execute(delete(attempts).where(attempts.c.subject == subject))

    async def give_back(self, subject: str) -> None:
        """The attempt just counted was right; those of others at the same address stay."""
        change = update(attempts).where(attempts.c.subject == subject)
        await self._tx.execute(change.values(count=func.greatest(attempts.c["count"] - 1, 0)))

    async def sweep(self) -> int:
        """Drop what nobody has tried for a day; how many there were."""
        return await self._tx.execute(
            delete(attempts).where(attempts.c.since < self._tx.now - KEPT)
        )
