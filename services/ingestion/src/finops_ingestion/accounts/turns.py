"""Whose turn it is: what is asked of every payer once in a while, by one worker at a time."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import literal, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.db.transaction import Transaction
from finops_ingestion.accounts.sources import EXPORTS, BillingSource, find_source
from finops_ingestion.accounts.tables import billing_sources, source_turns

What = Literal["inventory", "offers"]
LEASE = timedelta(minutes=10)
"""How long a turn is somebody's; after that another worker takes it."""

_LIVE = (
    billing_sources.c.kind.in_(EXPORTS.values()),
    billing_sources.c.stopped_at.is_(None),
)
"""Sources that are a provider's own, and so have a payer who can be asked."""


async def claim_turn(tx: Transaction, what: What) -> BillingSource | None:
    """A source that is due; `tx` is of the system. New sources are due at once."""
    await _enter_new(tx, what)
    due = (
        select(source_turns.c.billing_source_id)
        .join(billing_sources, billing_sources.c.id == source_turns.c.billing_source_id)
        .where(*_LIVE, source_turns.c.what == what, source_turns.c.due_at <= tx.now)
        .order_by(source_turns.c.due_at)
        .limit(1)
        .with_for_update(of=source_turns, skip_locked=True)
    )
    found = await tx.scalar(due)
    if found is None:
        return None
    source = await find_source(tx, found)
    if source is not None:
        await set_turn(tx, source, what, tx.now + LEASE)
    return source


async def set_turn(tx: Transaction, source: BillingSource, what: What, due_at: datetime) -> None:
    """Let the source have its next turn then."""
    change = update(source_turns).where(
        source_turns.c.billing_source_id == source.id, source_turns.c.what == what
    )
    await tx.execute(change.values(due_at=due_at))


async def _enter_new(tx: Transaction, what: What) -> None:
    columns = ["billing_source_id", "what", "company_id", "due_at"]
    live = select(
        billing_sources.c.id, literal(what), billing_sources.c.company_id, literal(tx.now)
    ).where(*_LIVE)
    await tx.execute(insert(source_turns).from_select(columns, live).on_conflict_do_nothing())
