"""Entries, their leaves and chains, and the sealed personal fields beside them.

`entries` and `personal_fields` are partitioned by retention and month of recording; the
partitions lie in the schema `parts`, where no serving role may reach them directly.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from finops_audit_log.tables import metadata

entries = Table(
    "entries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("retention", Text, primary_key=True),
    Column("recorded_at", DateTime(timezone=True), primary_key=True),
    Column("chain_id", Uuid, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("happened_at", DateTime(timezone=True), nullable=False),
    Column("company_id", Uuid),
    Column("organization_id", Uuid),
    Column("person_id", Uuid, comment="whose chain it stands in"),
    Column("actor_kind", Text),
    Column("actor_id", Text),
    Column("impersonator", Text),
    Column("action", Text, nullable=False),
    Column("target_kind", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("before", JSONB(none_as_null=True)),
    Column("after", JSONB(none_as_null=True)),
    Column("data", JSONB, nullable=False),
    Column("reason", Text),
    Column("outcome", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("digests", JSONB, nullable=False),
    Column("search", Text, nullable=False),
    postgresql_partition_by="LIST (retention)",
)
_time = (entries.c.happened_at, entries.c.id)
for _tenant in (entries.c.organization_id, entries.c.company_id):
    _name, _known = f"entries_{_tenant.name.removesuffix('_id')}", _tenant.is_not(None)
    Index(_name, _tenant, *_time, postgresql_where=_known)
    for _filter in (entries.c.action, entries.c.actor_id):
        _by = f"{_name}_{_filter.name.removesuffix('_id')}"
        Index(_by, _tenant, _filter, *_time, postgresql_where=_known)
Index(
    "entries_person", entries.c.person_id, *_time, postgresql_where=entries.c.person_id.is_not(None)
)
# With the company first: nobody's search reads what others have.
Index(
    "entries_search",
    entries.c.company_id,
    entries.c.search,
    postgresql_using="gin",
    postgresql_ops={"search": "gin_trgm_ops"},
    postgresql_where=entries.c.company_id.is_not(None),
)
Index("entries_people", *_time, postgresql_where=entries.c.retention == "access")

leaves = Table(
    "leaves",
    metadata,
    Column("chain_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("entry_id", Uuid, nullable=False),
    Column("retention", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
)
Index("leaves_month", leaves.c.retention, leaves.c.recorded_at)

chains = Table(
    "chains",
    metadata,
    Column("chain_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
)

personal_fields = Table(
    "personal_fields",
    metadata,
    Column("entry_id", Uuid, primary_key=True),
    Column("owner_id", Uuid, primary_key=True),
    Column("retention", Text, primary_key=True),
    Column("recorded_at", DateTime(timezone=True), primary_key=True),
    Column("company_id", Uuid),
    Column("organization_id", Uuid),
    Column("person_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),
    Column("ip_digest", LargeBinary, comment="keyed, so that an address can be looked for"),
    postgresql_partition_by="LIST (retention)",
)
Index("personal_fields_ip", personal_fields.c.ip_digest)

index_keys = Table(
    "index_keys",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
