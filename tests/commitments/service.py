"""commitments running beside a stand-in for ingestion, and what ingestion publishes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

import pyarrow as pa
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from finops_common.acting import Acts, Origin
from finops_common.contracts.ingestion import (
    CostCommitted,
    CostFailed,
    CostPart,
    CostStarted,
    Finality,
    OrganizationShare,
    PriceList,
)
from finops_common.contracts.ingestion_queries import CostGroupRules
from finops_common.events.contract import Event
from finops_common.events.envelope import (
    Envelope,
    decode_headers,
    envelope,
    from_record,
    to_record,
)
from finops_common.ids import new_id
from finops_common.testing.services import reserved_socket, serving, url_of
from finops_sandbox.visitor import Visitor

OCTOBER = date(2026, 10, 1)
KNOWN = datetime(2026, 10, 3, tzinfo=UTC)
T = TypeVar("T")
E = TypeVar("E", bound=Event)


def arrow(table: pa.Table) -> bytes:
    """The table as ingestion sends it."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


async def until(found: Callable[[], Awaitable[T]], *, seconds: float = 20) -> T:
    """The first answer of `found` that is true."""
    for _ in range(int(seconds / 0.05)):
        answer = await found()
        if answer:
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to be")


@dataclass(frozen=True)
class Source:
    """A billing source of a company; makes the events of its revisions."""

    company_id: UUID
    id: UUID = field(default_factory=new_id)
    period: date = OCTOBER

    def revision(
        self,
        number: int,
        shares: Mapping[UUID, Sequence[bytes]],
        *,
        attempt: UUID | None = None,
        finality: Finality = "open",
        as_of: datetime = KNOWN,
    ) -> list[Event]:
        """Started, the parts of each organization, committed."""
        common = self._common(number, attempt or new_id())
        parts = [(owner, records) for owner, all_of in shares.items() for records in all_of]
        made = [
            CostPart(**common, organization_id=owner, part=at, rows=1, records=records)
            for at, (owner, records) in enumerate(parts)
        ]
        committed = CostCommitted(
            **common,
            parts=len(parts),
            finality=finality,
            as_of=as_of,
            organizations=tuple(
                OrganizationShare(
                    organization_id=owner, parts=len(all_of), rows=1, lines=1, totals=()
                )
                for owner, all_of in shares.items()
            ),
        )
        return [CostStarted(**common), *made, committed]

    def failed(self, number: int, attempt: UUID) -> CostFailed:
        return CostFailed(**self._common(number, attempt), reason="the export is damaged")

    def _common(self, number: int, attempt: UUID) -> dict[str, Any]:
        return {
            "billing_source_id": self.id,
            "company_id": self.company_id,
            "period": self.period,
            "revision": number,
            "attempt": attempt,
        }


@dataclass
class Tenant:
    """Somebody with a company and an organization, and a billing source of the company."""

    owner: Visitor
    company_id: str
    organization_id: str
    source: Source

    @property
    def id(self) -> UUID:
        return UUID(self.organization_id)

    def path(self, rest: str) -> str:
        return f"/commitments/v1/organizations/{self.organization_id}/{rest}"

    async def get(self, rest: str) -> Any:  # noqa: ANN401 - JSON
        return await self.owner.get(self.path(rest))


ATenant = Callable[[], Awaitable[Tenant]]


def wrapped(event: E) -> Envelope[E]:
    """`event` as ingestion's relay would send it."""
    return envelope(
        event,
        source="/ingestion",
        time=datetime.now(UTC),
        origin=Origin(f"job-{new_id()}"),
        company_id=getattr(event, "company_id", None),
        organization_id=getattr(event, "organization_id", None),
    )


@dataclass
class Topics:
    """Publishes as ingestion does, and reads what commitments says."""

    producer: AIOKafkaProducer
    brokers: str
    prefix: str

    async def send(self, *events: Event | Envelope[Any]) -> None:
        for each in events:
            message = each if isinstance(each, Envelope) else wrapped(each)
            headers, value = to_record(message)
            sent = [(name, text.encode()) for name, text in headers.items()]
            topic, key = self.prefix + message.data.topic.name, message.subject.encode()
            await self.producer.send_and_wait(topic, value, key=key, headers=sent)

    async def said(self, kind: type[E], organization_id: str, *, least: int = 1) -> list[E]:
        """The events of `kind` about an organization, once there are `least`."""
        consumer = AIOKafkaConsumer(
            self.prefix + kind.topic.name,
            bootstrap_servers=self.brokers,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        found: list[E] = []
        try:
            for _ in range(100):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        headers = decode_headers(record.headers)
                        about = record.key.decode() == organization_id
                        if headers["ce_type"] == kind.type() and about:
                            found.append(from_record(kind, headers, record.value).data)
                if len(found) >= least:
                    return found
        finally:
            await consumer.stop()
        raise AssertionError(f"{len(found)} of {least} {kind.name}")


@dataclass(frozen=True)
class Groups:
    """Everybody's cost groups; satisfies `CostGroups`."""

    told: CostGroupRules

    async def rules(self, _: Acts) -> CostGroupRules:
        return self.told


NO_GROUPS = Groups(CostGroupRules(version=0))


@dataclass
class Ingestion:
    """The part of ingestion that answers who shows a service's token.

    Price lists by id, and the cost groups of organizations.
    """

    url: str
    lists: dict[str, PriceList] = field(default_factory=dict)
    groups: dict[str, CostGroupRules] = field(default_factory=dict)

    async def offers(self, request: Request) -> JSONResponse:
        return _told(request, self.lists.get(request.path_params["price_list_id"]))

    async def cost_groups(self, request: Request) -> JSONResponse:
        return _told(request, self.groups.get(request.path_params["organization_id"]))


def _told(request: Request, found: BaseModel | None) -> JSONResponse:
    if not request.headers.get("authorization", "").startswith("Bearer ey"):
        return JSONResponse({}, 401)
    return JSONResponse(found.model_dump(mode="json") if found else {}, 200 if found else 404)


@asynccontextmanager
async def an_ingestion() -> AsyncIterator[Ingestion]:
    """Serves it on a free port."""
    door = reserved_socket()
    ingestion = Ingestion(url_of(door))
    of_organization = "/internal/companies/{company_id}/organizations/{organization_id}"
    app = Starlette(
        routes=[
            Route("/internal/offers/{price_list_id}", ingestion.offers),
            Route(f"{of_organization}/cost-groups", ingestion.cost_groups),
        ]
    )
    async with serving(app, door):
        yield ingestion
