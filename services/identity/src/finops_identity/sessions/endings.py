"""How sessions end: rows, revocation and log-out events in one transaction."""

from collections.abc import Collection
from typing import Literal
from uuid import UUID

from sqlalchemy import update

from finops_common.contracts.identity import SessionEnded
from finops_common.contracts.revocations import IdentityRevoked
from finops_common.db.transaction import Transaction
from finops_identity.sessions.domain import Session, device_facts
from finops_identity.sessions.tables import sessions

Why = Literal["log_out", "ended_by_user", "password_changed", "token_reuse"]


async def end_sessions(
    tx: Transaction,
    user_id: UUID,
    why: Why,
    *,
    only: Collection[UUID] | None = None,
    keep: UUID | None = None,
) -> int:
    """End the user's open sessions: `only` these, all but `keep`, or all; how many there were.

    One revocation record names them all, so every service refuses them within a second.
    """
    mine = update(sessions).where(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None))
    if only is not None:
        mine = mine.where(sessions.c.id.in_(only))
    if keep is not None:
        mine = mine.where(sessions.c.id != keep)
    rows = await tx.all(mine.values(ended_at=tx.now).returning(sessions))
    ended = [Session(**row._mapping) for row in rows]
    if not ended:
        return 0
    # First of all events: what follows may wait for it in no queue.
    tx.publish(IdentityRevoked(scope="session", session_ids=tuple(each.id for each in ended)))
    for each in ended:
        facts = device_facts(each)
        tx.publish(SessionEnded(user_id=user_id, session_id=each.id, why=why, **facts))
    return len(ended)
