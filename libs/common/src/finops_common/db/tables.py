"""The tables every service's database holds for `libs/common`; none has row-level security.

They hold no tenant's data that a route reads, and are reached only by this package.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

common_metadata = MetaData()
_now = text("clock_timestamp()")

outbox = Table(
    "outbox",
    common_metadata,
    Column("id", BigInteger, Identity(cache=1), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", LargeBinary, nullable=True),
    Column("headers", JSONB, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

inbox = Table(
    "inbox",
    common_metadata,
    Column("handler", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=_now),
)
Index("inbox_received_at", inbox.c.received_at)

consumer_positions = Table(
    "consumer_positions",
    common_metadata,
    Column("consumer_group", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)

jobs = Table(
    "jobs",
    common_metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("run_at", DateTime(timezone=True), nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("finished_at", DateTime(timezone=True)),
    # Whose work it is: lanes take turns, however long one of them is.
    Column("lane", Text),
)
Index("jobs_lane", jobs.c.lane, jobs.c.finished_at, postgresql_where=jobs.c.lane.is_not(None))
Index(
    "jobs_due",
    jobs.c.kind,
    jobs.c.run_at,
    postgresql_where=jobs.c.state.in_(("queued", "running")),
)

idempotency = Table(
    "idempotency",
    common_metadata,
    Column("caller", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("resource_id", Uuid, nullable=False),
    Column("state", Text, nullable=False, server_default="running"),
    Column("lease_until", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
Index("idempotency_created_at", idempotency.c.created_at)

data_keys = Table(
    "data_keys",
    common_metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("master_key", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

ALL_NAMES = tuple(common_metadata.tables)
