"""What ingestion's stream of hourly records means here (COM-24, ING-20).

That an attempt started changes nothing: only a commit makes its parts count.
"""

from typing import Any

from finops_commitments.detachments.repository import EndedSourceRepository
from finops_commitments.revisions import service
from finops_commitments.revisions.arrow import NotAPartError, read_part
from finops_commitments.revisions.domain import Part, Stream
from finops_commitments.revisions.repository import Attempt
from finops_common.contracts.ingestion import CostCommitted, CostFailed, CostPart
from finops_common.db import scopes
from finops_common.db.scopes import Scope
from finops_common.db.transaction import Transaction
from finops_common.events.consumer import Handler, UnprocessableError
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope


def company_scope(message: Envelope[Any]) -> Scope:
    """A revision concerns all organizations of its source's company at once."""
    return scopes.company(message.data.company_id)


async def on_cost_part(message: Envelope[CostPart], tx: Transaction) -> None:
    """Keep it as it came.

    Raises:
        UnprocessableError: the bytes are no hourly records; the revision will not stand.
    """
    event = message.data
    try:
        read = read_part(event.records)
    except NotAPartError as error:
        raise UnprocessableError(str(error)) from error
    part = Part(
        organization_id=event.organization_id,
        attempt=event.attempt,
        revision=event.revision,
        part=event.part,
        records=event.records,
        daily=read.daily,
        first_hour=read.first_hour,
        last_hour=read.last_hour,
    )
    await service.keep_part(tx, _stream(event), part)


async def on_cost_committed(message: Envelope[CostCommitted], tx: Transaction) -> None:
    """From here on figures are made from this revision alone."""
    event = message.data
    attempt = Attempt(
        revision=event.revision,
        attempt=event.attempt,
        state="committed",
        parts=event.parts,
        finality=event.finality,
        as_of=event.as_of,
    )
    if event.parts:
        # A detached account that was registered again; what is deleted has no parts.
        await EndedSourceRepository(tx).revive(event.billing_source_id, message.time)
    await service.commit(tx, _stream(event), attempt)


async def on_cost_failed(message: Envelope[CostFailed], tx: Transaction) -> None:
    """What the attempt sent does not count."""
    event = message.data
    await service.fail(tx, _stream(event), event.revision, event.attempt)


HANDLERS: dict[type[Event], Handler] = {
    CostPart: on_cost_part,
    CostCommitted: on_cost_committed,
    CostFailed: on_cost_failed,
}


def _stream(event: CostPart | CostCommitted | CostFailed) -> Stream:
    return Stream(event.company_id, event.billing_source_id, event.period)
