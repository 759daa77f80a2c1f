"""Chains, entries, their leaves and personal fields, partitions, and what refuses changes.

Three roles. `audit_log` reads entries of its transaction's scope. `audit_log_system` also
inserts them, for the consumer. `audit_log_owner` migrates and drops whole months; triggers
refuse it UPDATE, DELETE and TRUNCATE like everybody else.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from finops_common.db.migrations import create_common_tables, guard

revision = "0001"
down_revision = None

SERVICE = "audit-log"
INSTANT = sa.DateTime(timezone=True)
RETENTIONS = ("access", "history", "billing", "staff")
PARTITIONED = ("entries", "personal_fields")


def upgrade() -> None:
    create_common_tables(SERVICE)
    op.execute("CREATE SCHEMA parts")
    _entries()
    _chains()
    _personal_fields()
    _checkpoints()
    _rights()
    _refusals()
    _partitions()


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("retention", sa.Text, primary_key=True),
        sa.Column("recorded_at", INSTANT, primary_key=True),
        sa.Column("chain_id", sa.Uuid, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("company_id", sa.Uuid),
        sa.Column("organization_id", sa.Uuid),
        sa.Column("person_id", sa.Uuid, comment="whose chain it stands in"),
        sa.Column("actor_kind", sa.Text),
        sa.Column("actor_id", sa.Text),
        sa.Column("impersonator", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target_kind", sa.Text, nullable=False),
        sa.Column("target_id", sa.Text, nullable=False),
        sa.Column("before", JSONB),
        sa.Column("after", JSONB),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("digests", JSONB, nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        postgresql_partition_by="LIST (retention)",
    )
    for tenant in ("organization", "company"):
        known = sa.text(f"{tenant}_id IS NOT NULL")
        for name, *columns in (
            ("",),
            ("_action", "action"),
            ("_actor", "actor_id"),
        ):
            keys = [f"{tenant}_id", *columns, "happened_at", "id"]
            op.create_index(f"entries_{tenant}{name}", "entries", keys, postgresql_where=known)
    person = sa.text("person_id IS NOT NULL")
    keys = ["person_id", "happened_at", "id"]
    op.create_index("entries_person", "entries", keys, postgresql_where=person)
    access = sa.text("retention = 'access'")
    op.create_index("entries_people", "entries", ["happened_at", "id"], postgresql_where=access)


def _chains() -> None:
    op.create_table(
        "chains",
        sa.Column("chain_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "leaves",
        sa.Column("chain_id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True),
        sa.Column("entry_id", sa.Uuid, nullable=False),
        sa.Column("retention", sa.Text, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
    )
    op.create_index("leaves_month", "leaves", ["retention", "recorded_at"])


def _personal_fields() -> None:
    op.create_table(
        "personal_fields",
        sa.Column("entry_id", sa.Uuid, primary_key=True),
        sa.Column("owner_id", sa.Uuid, primary_key=True),
        sa.Column("retention", sa.Text, primary_key=True),
        sa.Column("recorded_at", INSTANT, primary_key=True),
        sa.Column("company_id", sa.Uuid),
        sa.Column("organization_id", sa.Uuid),
        sa.Column("person_id", sa.Uuid),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column(
            "ip_digest", sa.LargeBinary, comment="keyed, so that an address can be looked for"
        ),
        postgresql_partition_by="LIST (retention)",
    )
    op.create_index("personal_fields_ip", "personal_fields", ["ip_digest"])
    op.create_table(
        "index_keys",
        sa.Column("id", sa.SmallInteger, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def _checkpoints() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("retention", sa.Text, primary_key=True),
        sa.Column("month", INSTANT, primary_key=True),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("dropped_at", INSTANT, nullable=False),
    )


def _rights() -> None:
    for table in PARTITIONED:
        scopes = {each: f"{each}_id" for each in ("organization", "company", "person")}
        guard(SERVICE, table, "SELECT", **scopes)
    for table in ("leaves", "chains", "index_keys", "checkpoints"):
        guard(SERVICE, table, "SELECT")
    for table in (*PARTITIONED, "leaves", "chains", "index_keys"):
        op.execute(f"GRANT INSERT ON {table} TO audit_log_system")
    op.execute("GRANT UPDATE (last_sequence) ON chains TO audit_log_system")
    # Retention reads the leaves of the month it drops and leaves its checkpoint.
    op.execute("CREATE POLICY leaves_owner ON leaves FOR SELECT TO CURRENT_USER USING (true)")
    op.execute("CREATE POLICY checkpoints_owner ON checkpoints TO CURRENT_USER USING (true)")


def _refusals() -> None:
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'audit entries are append only: % on % is refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END $$
    """)
    # Per statement, not per row: row-level security may hide the rows, and TRUNCATE has none.
    for table in ("entries", "leaves", "checkpoints"):
        _refuse(table, "UPDATE OR DELETE OR TRUNCATE")
    # A person's fields may be erased; altered they may not be.
    _refuse("personal_fields", "UPDATE OR TRUNCATE")
    _refuse("chains", "DELETE OR TRUNCATE")
    op.execute("""
        CREATE FUNCTION count_by_one() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.last_sequence <> COALESCE(OLD.last_sequence, 0) + 1 THEN
                RAISE EXCEPTION 'a chain grows by one entry at a time'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER count_by_one BEFORE INSERT OR UPDATE ON chains"
        " FOR EACH ROW EXECUTE FUNCTION count_by_one()"
    )


def _refuse(table: str, events: str) -> None:
    op.execute(
        f"CREATE TRIGGER refuse_change BEFORE {events} ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _partitions() -> None:
    for parent in PARTITIONED:
        for retention in RETENTIONS:
            part = f"parts.{parent}_{retention}"
            op.execute(
                f"CREATE TABLE {part} PARTITION OF {parent}"
                f" FOR VALUES IN ('{retention}') PARTITION BY RANGE (recorded_at)"
            )
            # Nothing may be lost because a month has not been made.
            op.execute(f"CREATE TABLE {part}_other PARTITION OF {part} DEFAULT")
            for table in (part, f"{part}_other"):
                _refuse(table, _refused(parent))
    op.execute("""
        CREATE FUNCTION make_month(month timestamptz) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            first timestamp := date_trunc('month', month AT TIME ZONE 'UTC');
            parent text;
            retention text;
            part text;
        BEGIN
            IF month > now() + interval '1 year' THEN
                RAISE EXCEPTION 'months are made at most a year ahead';
            END IF;
            PERFORM pg_advisory_xact_lock(7061003);
            FOREACH parent IN ARRAY ARRAY['entries', 'personal_fields'] LOOP
                FOREACH retention IN ARRAY ARRAY['access', 'history', 'billing', 'staff'] LOOP
                    part := format('%s_%s_%s', parent, retention, to_char(first, 'YYYYMM'));
                    CONTINUE WHEN to_regclass('parts.' || part) IS NOT NULL;
                    EXECUTE format(
                        'CREATE TABLE parts.%I PARTITION OF parts.%I FOR VALUES FROM (%L) TO (%L)',
                        part, parent || '_' || retention,
                        first AT TIME ZONE 'UTC', (first + interval '1 month') AT TIME ZONE 'UTC');
                    EXECUTE format(
                        'CREATE TRIGGER refuse_change BEFORE %s ON parts.%I'
                        ' FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change()',
                        CASE parent WHEN 'entries' THEN 'UPDATE OR DELETE OR TRUNCATE'
                                    ELSE 'UPDATE OR TRUNCATE' END, part);
                END LOOP;
            END LOOP;
        END $$
    """)
    op.execute("REVOKE ALL ON FUNCTION make_month(timestamptz) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION make_month(timestamptz) TO audit_log_system")
    op.execute("SELECT make_month(now() + n * interval '1 month') FROM generate_series(0, 2) AS n")


def _refused(parent: str) -> str:
    return "UPDATE OR DELETE OR TRUNCATE" if parent == "entries" else "UPDATE OR TRUNCATE"
