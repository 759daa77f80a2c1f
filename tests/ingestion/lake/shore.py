"""Revisions that stand without having been imported, and the tables that follow them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.table import Table
from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from finops_common.acting import Acting
from finops_common.blobs import Blobs
from finops_common.clock import utc_now
from finops_common.contracts.ingestion import Finality
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.ids import new_id
from finops_ingestion.bills.line_items import STORED
from finops_ingestion.imports.tables import periods, revisions, shares
from finops_ingestion.lake.adapters import IcebergLake
from finops_ingestion.lake.publishing import LakePublisher
from finops_ingestion.lake.tables import publications, turns
from finops_ingestion.lake.upkeep import LakeUpkeep

MONTH = date(2026, 10, 1)
KEEP = timedelta(days=5)
MONEY = {name for name in STORED if name.endswith(("_cost", "_quantity"))}
# As DuckDB writes them: digits depend on the bill, the scale never does.
_TYPES: Mapping[str, pa.DataType] = {
    **dict.fromkeys(("charge_start", "charge_end"), pa.timestamp("us")),
    **dict.fromkeys(MONEY, pa.decimal128(37, 12)),
    "tag_set_id": pa.int64(),
}
ITEMS = pa.schema([(name, _TYPES.get(name, pa.string())) for name in STORED])
TAGS = pa.schema([("tag_set_id", pa.int64()), ("key", pa.string()), ("value", pa.string())])


@dataclass(frozen=True)
class Figures:
    """Rows, and effective cost by currency."""

    rows: int
    costs: Mapping[str, Decimal]


def a_line(cost: str = "1", **facts: object) -> dict[str, Any]:
    return {
        "charge_start": datetime(2026, 10, 5, 7),  # noqa: DTZ001 - files hold UTC without saying so
        "charge_end": datetime(2026, 10, 5, 8),  # noqa: DTZ001 - the same
        "provider": "AWS",
        "payer_account_id": "111111111111",
        "account_id": "111111111111",
        "service": "AmazonEC2",
        "charge_category": "Usage",
        "charge_kind": "Usage",
        "billed_cost": Decimal(cost),
        "effective_cost": Decimal(cost),
        "currency": "USD",
        "tag_set_id": 7,
        **facts,
    }


@dataclass
class Shore:
    """One database, one folder of blobs, one lake."""

    database: Database
    service_url: str
    blobs: Blobs
    folder: Path
    lake: IcebergLake
    company: UUID = field(default_factory=new_id)
    organization: UUID = field(default_factory=new_id)

    @property
    def root(self) -> Path:
        return self.folder / "blobs"

    @property
    def publisher(self) -> LakePublisher:
        return LakePublisher(self.database, self.lake)

    def upkeep(self, later: timedelta = timedelta()) -> LakeUpkeep:
        """The upkeep, so much later."""
        return LakeUpkeep(self.at(later), self.lake, self.blobs, self.folder / "spool", KEEP)

    def at(self, later: timedelta) -> Database:
        """The database of somebody whose clock is ahead."""
        return Database(self.database.engine, "ingestion", clock=lambda: utc_now() + later)

    def system(self) -> AbstractAsyncContextManager[Transaction]:
        return self.database.transaction(Acting(scopes.SYSTEM))

    async def commit(
        self,
        *lines: dict[str, Any],
        source: UUID,
        period: date = MONTH,
        organization: UUID | None = None,
        finality: Finality = "open",
        files: Mapping[str, Path] | None = None,
    ) -> int:
        """Let a new revision stand with these lines, and their tags; its number."""
        mine = organization or self.organization
        month = {"billing_source_id": source, "period": period}
        number = await self._next(month)
        written = files or self._write(lines)
        kept = await self._keep(mine, source, number, written)
        revision = month | {"company_id": self.company, "revision": number}
        async with self.system() as tx:
            await _let_stand(tx, revision, mine, finality)
            rows = pq.read_table(written["items"])
            counts = {"parts": 1, "rows": rows.num_rows, "lines": rows.num_rows}
            share = {"organization_id": mine, "totals": _totals(rows), "files": kept}
            await tx.execute(insert(shares).values(**revision, **counts, **share))
        return number

    async def _next(self, month: Mapping[str, Any]) -> int:
        async with self.system() as tx:
            asked = select(periods.c.revision)
            for name, value in month.items():
                asked = asked.where(periods.c[name] == value)
            return int(await tx.scalar(asked) or 0) + 1

    async def _keep(
        self, organization: UUID, source: UUID, revision: int, files: Mapping[str, Path]
    ) -> dict[str, str]:
        folder = f"organization={organization}/source={source}/revision={revision}"
        keys = {name: f"{folder}/{name}-{new_id()}.parquet" for name in files}
        for name, path in files.items():
            await self.blobs.put(keys[name], path)
        return keys

    def _write(self, lines: Iterable[dict[str, Any]]) -> dict[str, Path]:
        found = list(lines)
        sets = {line["tag_set_id"] for line in found if line["tag_set_id"] is not None}
        tags = [{"tag_set_id": each, "key": "team", "value": f"t{each}"} for each in sets]
        written = {}
        for name, rows, schema in (("items", found, ITEMS), ("tags", tags, TAGS)):
            written[name] = self.folder / f"{name}-{new_id()}.parquet"
            pq.write_table(pa.Table.from_pylist(rows, schema), written[name], compression="zstd")
        return written

    async def publish(self) -> int:
        """Publish until nothing is behind; turns it took."""
        count = 0
        while await self.publisher.publish_next():
            count += 1
        return count

    async def lapse(self) -> None:
        """The turns of dead workers run out."""
        async with self.system() as tx:
            await tx.execute(update(turns).values(free_at=tx.now))

    async def table(self, name: str = "line_items", organization: UUID | None = None) -> Table:
        opened = await self.lake.open(organization or self.organization)
        return opened.tables[name]

    async def figures(
        self, organization: UUID | None = None, snapshot: int | None = None
    ) -> Figures:
        """What pyiceberg reads."""
        table = await self.table("line_items", organization)
        return figures_of(table.scan(snapshot_id=snapshot).to_arrow())

    async def standing(self, organization: UUID | None = None) -> Figures:
        """What the revision rows say."""
        async with self.system() as tx:
            same = (
                periods.c[n] == shares.c[n] for n in ("billing_source_id", "period", "revision")
            )
            mine = shares.c.organization_id == (organization or self.organization)
            rows = await tx.all(select(shares).join(periods, _all(same)).where(mine))
        costs: dict[str, Decimal] = defaultdict(Decimal)
        for total in (total for row in rows for total in row.totals):
            costs[total["currency"]] += Decimal(total["effective_cost"])
        return Figures(sum(row.lines for row in rows), costs)

    async def ledger(self) -> dict[tuple[UUID, UUID, date], int]:
        async with self.system() as tx:
            rows = await tx.all(select(publications))
        return {(r.organization_id, r.billing_source_id, r.period): r.revision for r in rows}

    def blobs_there(self) -> set[str]:
        """Every file below the blobs' root."""
        return {str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file()}


async def _let_stand(
    tx: Transaction, revision: Mapping[str, Any], organization: UUID, finality: Finality
) -> None:
    row = upsert(periods).values(**revision, organization_id=organization, finality=finality)
    change = {"revision": revision["revision"], "finality": finality}
    month = ["billing_source_id", "period"]
    await tx.execute(row.on_conflict_do_update(index_elements=month, set_=change))
    made = {"import_id": new_id(), "attempt": new_id(), "schema": "cur2", "parts": 1}
    known = {"finality": finality, "as_of": tx.now, "committed_at": tx.now}
    await tx.execute(insert(revisions).values(**revision, **made, **known))


def figures_of(table: pa.Table) -> Figures:
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for row in table.select(["currency", "effective_cost"]).to_pylist():
        costs[row["currency"]] += row["effective_cost"]
    return Figures(table.num_rows, costs)


def _totals(rows: pa.Table) -> list[dict[str, str]]:
    names = ("billed_cost", "effective_cost", "list_cost")
    sums = ", ".join(f"CAST(coalesce(sum({name}), 0) AS VARCHAR) AS {name}" for name in names)
    with duckdb.connect() as connection:
        connection.register("items", rows)
        query = f"SELECT currency, {sums} FROM items GROUP BY ALL ORDER BY 1"  # noqa: S608 - our own names
        found: list[dict[str, str]] = connection.sql(query).to_arrow_table().to_pylist()
    return found


def _all(conditions: Iterable[Any]) -> Any:  # noqa: ANN401 - a condition
    first, *others = conditions
    for other in others:
        first &= other
    return first
