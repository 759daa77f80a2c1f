"""Following the stream: parts are kept, and count once a commit names them and all are there."""

from uuid import UUID, uuid5

import structlog
from prometheus_client import Counter

from finops_commitments.findings.jobs import assess_soon
from finops_commitments.revisions.domain import Part, Stream
from finops_commitments.revisions.repository import Attempt, StreamRepository
from finops_common.db.transaction import Transaction

log = structlog.get_logger(__name__)
_waiting = Counter(
    "finops_revisions_waiting_total", "Commits that came before all parts of their attempt"
)


async def keep_part(tx: Transaction, stream: Stream, part: Part) -> None:
    """Keep a part of a revision still to come; one that completes a committed attempt swaps it in."""
    streams = StreamRepository(tx, stream)
    if part.revision <= await streams.lock():
        return
    ended = await streams.find_attempt(part.revision, part.attempt)
    if ended and ended.state == "failed":
        return
    await streams.add_part(part)
    if ended:
        await _swap_if_whole(tx, stream, streams, ended)


async def commit(tx: Transaction, stream: Stream, attempt: Attempt) -> None:
    """Swap to the attempt, or remember it until its last part has come; older ones never count."""
    streams = StreamRepository(tx, stream)
    if attempt.revision <= await streams.lock():
        return
    await streams.add_attempt(attempt)
    if not await _swap_if_whole(tx, stream, streams, attempt):
        # Parts precede their commit in the partition: a gap is a part that was set aside.
        _waiting.inc()
        log.error(
            "revision_incomplete",
            billing_source_id=str(stream.billing_source_id),
            period=stream.period.isoformat(),
            revision=attempt.revision,
        )


async def fail(tx: Transaction, stream: Stream, revision: int, attempt: UUID) -> None:
    """Drop what the attempt sent and what may still come of it."""
    streams = StreamRepository(tx, stream)
    if revision <= await streams.lock():
        return
    failed = Attempt(revision, attempt, "failed")
    if await streams.add_attempt(failed):
        await streams.remove_parts(failed)


async def _swap_if_whole(
    tx: Transaction, stream: Stream, streams: StreamRepository, attempt: Attempt
) -> bool:
    if await streams.count_parts(attempt) < attempt.parts:
        return False
    for organization_id in sorted(await streams.swap(attempt)):
        occasion = uuid5(attempt.attempt, str(organization_id))
        await assess_soon(tx, stream.company_id, organization_id, occasion)
    return True
