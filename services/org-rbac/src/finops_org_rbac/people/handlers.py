"""What identity's events mean here."""

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.contracts.identity import SessionStarted, UserChanged
from finops_common.db.transaction import Transaction
from finops_common.events.envelope import Envelope
from finops_common.schemas import email_key
from finops_org_rbac.people.tables import people


async def on_user_changed(message: Envelope[UserChanged], tx: Transaction) -> None:
    """Keep the newest state of a person; an older one that comes late changes nothing."""
    user = message.data
    row = insert(people).values(
        user_id=user.user_id,
        email=user.email,
        email_key=email_key(user.email),
        email_verified=user.email_verified,
        full_name=user.full_name,
        language=user.language,
        version=message.version or 0,
    )
    newer = {name: row.excluded[name] for name in row.excluded.keys() if name in _STATE}  # noqa: SIM118 - a column collection
    await tx.execute(
        row.on_conflict_do_update(
            index_elements=["user_id"], set_=newer, where=people.c.version < row.excluded.version
        )
    )


async def on_session_started(message: Envelope[SessionStarted], tx: Transaction) -> None:
    """Remember the last log-in."""
    change = update(people).where(people.c.user_id == message.data.user_id)
    await tx.execute(
        change.values(last_login_at=func.greatest(people.c.last_login_at, message.data.at))
    )


_STATE = {"email", "email_key", "email_verified", "full_name", "language", "version"}
