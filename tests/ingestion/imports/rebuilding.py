"""A consumer as ING-20 wants one possible: it keeps parts as they come and swaps on committed."""

import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import pyarrow as pa

from finops_common.contracts.ingestion import CostCommitted, CostFailed, CostPart, CostStarted
from finops_common.events.envelope import decode_headers, from_record

KINDS = {kind.type(): kind for kind in (CostStarted, CostPart, CostCommitted, CostFailed)}
Stream = tuple[UUID, date]


@dataclass
class Rebuilt:
    """What a reader from the start holds: one whole revision of each stream."""

    held: dict[tuple[UUID, int], CostPart] = field(default_factory=dict)
    committed: dict[Stream, CostCommitted] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def take(self, headers: dict[str, str], value: bytes) -> None:
        """One record of the topic or of the outbox; twice is as good as once."""
        event = from_record(KINDS[headers["ce_type"]], headers, value).data
        self.seen.append(event.name)
        if isinstance(event, CostPart):
            self.held[event.attempt, event.part] = event
        if isinstance(event, CostCommitted):
            stream = (event.billing_source_id, event.period)
            before = self.committed.get(stream)
            if before is None or before.revision <= event.revision:
                self.committed[stream] = event

    def parts(self, stream: Stream) -> list[CostPart]:
        """The parts of the revision that stands; fails if one is missing."""
        event = self.committed[stream]
        return [self.held[event.attempt, number] for number in range(event.parts)]

    def sums(self, stream: Stream) -> dict[UUID, Any]:
        """Rows and effective cost of each organization, from the records themselves."""
        found: dict[UUID, list[Any]] = defaultdict(lambda: [0, 0])
        for part in self.parts(stream):
            table = pa.ipc.open_stream(io.BytesIO(part.records)).read_all()
            assert table.num_rows == part.rows
            assert len(part.records) <= 900_000
            found[part.organization_id][0] += table.num_rows
            found[part.organization_id][1] += sum(table["effective_cost"].to_pylist())
        return {organization: tuple(sums) for organization, sums in found.items()}

    def told(self, stream: Stream) -> dict[UUID, Any]:
        """The same as the commit says it."""
        return {
            share.organization_id: (share.rows, sum(t.effective_cost for t in share.totals))
            for share in self.committed[stream].organizations
        }


def rebuild(records: Iterable[Any], outbox: Iterable[tuple[dict[str, str], bytes]]) -> Rebuilt:
    """Read the topic from its start, then what the relay would send next."""
    reader = Rebuilt()
    for record in records:
        headers = decode_headers(record.headers)
        if headers.get("ce_type") in KINDS:
            reader.take(headers, record.value)
    for headers, value in outbox:
        if headers["ce_type"] in KINDS:
            reader.take(headers, value)
    return reader
