"""The revocation feed: when it may be relied on, and that it misses nothing."""

import asyncio
from datetime import datetime
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from tests.common.probe.authority import Instant
from tests.common.probe.running import at_work, until

from finops_common.acting import Origin
from finops_common.auth.revocations import RevocationFeed
from finops_common.clock import utc_now
from finops_common.contracts.revocations import STREAMS, AccessRevoked, IdentityRevoked
from finops_common.events.contract import Revoked
from finops_common.events.envelope import envelope, to_record
from finops_common.events.relay import HEARTBEAT

pytestmark = pytest.mark.req("PLAT-30", part="the revocation feed")


class Streams:
    """Both streams, written by hand."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str) -> None:
        self.producer = producer
        self.prefix = prefix

    async def beat(self, *streams: type[Revoked], at: datetime | None = None) -> None:
        headers = {"ce_type": HEARTBEAT, "ce_time": (at or utc_now()).isoformat()}
        for stream in streams or STREAMS:
            await self.send(stream, headers, b"{}")

    async def revoke(self, event: Revoked) -> None:
        message = envelope(event, source="/test", time=utc_now(), origin=Origin("r"))
        await self.send(type(event), *to_record(message))

    async def send(self, stream: type[Revoked], headers: dict[str, str], value: bytes) -> None:
        encoded = [(name, text.encode()) for name, text in headers.items()]
        await self.producer.send_and_wait(self.prefix + stream.topic.name, value, headers=encoded)


@pytest.fixture
def streams(producer: AIOKafkaProducer, prefix: str) -> Streams:
    return Streams(producer, prefix)


@pytest.fixture
def heard() -> list[Revoked]:
    return []


@pytest.fixture
def feed(brokers: str, prefix: str, heard: list[Revoked]) -> RevocationFeed:
    return RevocationFeed(brokers, prefix, utc_now, lambda record, _: heard.append(record))


async def _caught_up(feed: RevocationFeed) -> bool:
    return feed.caught_up


async def _audible(feed: RevocationFeed) -> bool:
    return not feed.silent


async def test_it_has_read_what_was_there_before_it_is_ready(
    feed: RevocationFeed, streams: Streams, heard: list[Revoked]
) -> None:
    sent = [IdentityRevoked(scope="session", session_ids=(uuid4(),)) for _ in range(300)]
    for event in sent:
        await streams.revoke(event)
    before = feed.caught_up

    async with at_work(feed.run):
        await until(lambda: _caught_up(feed))
        heard_when_ready = len(heard)

    assert (before, heard_when_ready) == (False, 300)


async def test_it_is_silent_until_both_streams_beat_and_again_a_second_after_the_last(
    feed: RevocationFeed, streams: Streams
) -> None:
    async with at_work(feed.run):
        await until(lambda: _caught_up(feed))
        never = feed.silent
        await streams.beat(IdentityRevoked)
        await asyncio.sleep(0.3)
        one = feed.silent
        await streams.beat()
        await until(lambda: _audible(feed), 2)
        await asyncio.sleep(1.05)
        later = feed.silent

    assert (never, one, later) == (True, True, True)


async def test_one_stream_alone_does_not_keep_it_audible(
    feed: RevocationFeed, streams: Streams
) -> None:
    async with at_work(feed.run):
        await until(lambda: _caught_up(feed))
        await streams.beat()
        await until(lambda: _audible(feed), 2)
        for _ in range(6):
            await streams.beat(AccessRevoked)
            await asyncio.sleep(0.2)

        assert feed.silent


async def test_a_revocation_arrives_within_a_second(
    feed: RevocationFeed, streams: Streams, heard: list[Revoked]
) -> None:
    async with at_work(feed.run):
        await until(lambda: _caught_up(feed))
        event = AccessRevoked(scope="company", company_id=uuid4())
        await streams.revoke(event)
        await until(lambda: _heard(heard), 1)

    assert heard == [event]


async def _heard(heard: list[Revoked]) -> bool:
    return bool(heard)


async def test_what_cannot_be_read_makes_everything_forgotten(
    feed: RevocationFeed, streams: Streams, heard: list[Revoked]
) -> None:
    async with at_work(feed.run):
        await until(lambda: _caught_up(feed))
        await streams.send(IdentityRevoked, {"ce_type": "?"}, b"\x00")
        await until(lambda: _heard(heard))

    assert heard[0].scope == "everything"
    assert not heard[0].user_ids


async def test_a_clock_that_runs_ahead_elsewhere_does_not_keep_a_dead_stream_alive(
    brokers: str, prefix: str, streams: Streams
) -> None:
    clock = Instant()
    clock.now = utc_now()
    feed = RevocationFeed(brokers, prefix, clock, lambda *_: None)
    async with at_work(feed.run):
        await until(lambda: _caught_up(feed))
        clock.passes(-3600)
        await streams.beat()
        await until(lambda: _audible(feed), 2)
        clock.passes(1.1)

        assert feed.silent


async def test_without_kafka_it_stays_silent_and_not_ready(prefix: str) -> None:
    feed = RevocationFeed("127.0.0.1:1", prefix, utc_now, lambda *_: None)

    async with at_work(feed.run):
        await asyncio.sleep(0.5)

        assert feed.silent
        assert not feed.caught_up
