"""One organization's Iceberg tables: what they hold of a period is changed in one snapshot.

Imports pyiceberg, which takes seconds, and works synchronously: `adapters` calls it in threads.
A commit stands only on the state that was loaded; when another came first it fails, and whoever
wanted it loads and looks again. That makes two publishers at once harmless.
"""

import operator
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, FileType
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import (
    NamespaceAlreadyExistsError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.expressions import EqualTo, Reference
from pyiceberg.expressions.literals import literal
from pyiceberg.io.pyarrow import (
    PyArrowFileIO,
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.transforms import IdentityTransform
from pyiceberg.typedef import Record
from pyiceberg.types import (
    DateType,
    DecimalType,
    IcebergType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
)
from sqlalchemy.exc import IntegrityError

from finops_common.contracts.ingestion import CostTotal
from finops_ingestion.bills.line_items import STORED
from finops_ingestion.lake.domain import COSTS, FILE_OF, compacted_mark, outlived, table_folder

PERIOD = "billing_period"
"""Not in the files: readers take an identity partition's column from the table's metadata."""
EPOCH = date(1970, 1, 1)
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "line_items": STORED,
    "tags": ("tag_set_id", "key", "value"),
}
_TYPES: Mapping[str, IcebergType] = {
    **dict.fromkeys(("charge_start", "charge_end"), TimestampType()),
    # Files may say it with fewer digits; the scale is the same in all.
    **{name: DecimalType(38, 12) for name in STORED if name.endswith(("_cost", "_quantity"))},
    "tag_set_id": LongType(),
}
_SPEC = PartitionSpec(PartitionField(1, 1000, IdentityTransform(), PERIOD))
_PROPERTIES = {
    "format-version": "2",
    # A retry would put what was planned on top of what another has published since.
    "commit.retry.num-retries": "0",
    "write.metadata.previous-versions-max": "20",
}


@dataclass(frozen=True)
class OrganizationTables:
    """The tables as they were when they were loaded; changing them fails once another has."""

    root: str
    tables: Mapping[str, Table]

    def holds(self, name: str, period: date, keys: Iterable[str]) -> bool:
        """Whether the table has just these blobs of the period, as they are or compacted."""
        return self._holds(set(self._parts(name, period)), set(keys))

    def sizes(self, name: str, period: date) -> list[int]:
        """Bytes of the table's files of the period."""
        return [file.file_size_in_bytes for file in self._parts(name, period).values()]

    def hold(
        self,
        name: str,
        period: date,
        keys: Collection[str],
        told: Mapping[str, str],
        *,
        keep: bool = False,
        anew: bool = False,
    ) -> int | None:
        """Let the table have these blobs of the period, in one snapshot, and no others.

        Files are registered as they are. `keep` leaves others in place; `anew` registers again
        what is there. Nothing changes when nothing differs. Answers the current snapshot's id.

        Raises:
            CommitFailedException: the table has changed since it was loaded.
        """
        table, present = self.tables[name], self._parts(name, period)
        wanted = {self._location(key) for key in keys}
        if anew or not self._holds(set(present), set(keys)):
            new = [path for path in wanted if anew or path not in present]
            gone = [present[path] for path in present if anew or path not in wanted]
            _swap(
                table,
                [_data_file(table, path, period) for path in new],
                [] if keep else gone,
                told,
            )
        snapshot = table.current_snapshot()
        return snapshot.snapshot_id if snapshot else None

    def named(self) -> set[str]:
        """The keys of all blobs that any snapshot still names."""
        return {self._key(path) for table in self.tables.values() for path in _data_paths(table)}

    def expire(self, before: datetime) -> int:
        """Forget the snapshots that had been replaced by then; how many."""
        return sum(_expire(table, before) for table in self.tables.values())

    def orphans(self, before: datetime) -> list[str]:
        """Files in the tables' own folders, untouched since then, that nothing names any more."""
        return [path for table in self.tables.values() for path in _orphans(table, before)]

    def remove(self, paths: Iterable[str]) -> None:
        """Delete files of the tables' own folders."""
        for path in paths:
            self.tables["line_items"].io.delete(path)

    def totals(self, period: date) -> tuple[CostTotal, ...]:
        """What the table's own lines of the period sum up to; reads them all."""
        # pyiceberg finds no row by a column that is not in the files unless it is read, too.
        fields = (PERIOD, "currency", *COSTS)
        scan = self.tables["line_items"].scan(_of(period), selected_fields=fields)
        sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal()] * len(COSTS))
        for batch in scan.to_arrow_batch_reader():
            grouped = pa.Table.from_batches([batch]).group_by("currency")
            added = grouped.aggregate([(name, "sum") for name in COSTS]).to_pylist()
            for row in added:
                parts = [row[f"{name}_sum"] or Decimal() for name in COSTS]
                sums[row["currency"]] = list(map(operator.add, sums[row["currency"]], parts))
        return tuple(
            CostTotal(currency=currency, **dict(zip(COSTS, found, strict=True)))
            for currency, found in sorted(sums.items())
        )

    def _parts(self, name: str, period: date) -> dict[str, DataFile]:
        scan = self.tables[name].scan(row_filter=_of(period))
        return {task.file.file_path: task.file for task in scan.plan_files()}

    def _holds(self, present: set[str], keys: set[str]) -> bool:
        if present == {self._location(key) for key in keys}:
            return True
        return len(present) == 1 and f"/{compacted_mark(keys)}-" in next(iter(present))

    def _location(self, key: str) -> str:
        return f"{self.root}/{key}"

    def _key(self, path: str) -> str:
        return path.removeprefix(f"{self.root}/")


def load_tables(catalog: SqlCatalog, root: str, organization_id: UUID) -> OrganizationTables:
    """The organization's tables as they are now, made where they are missing."""
    return OrganizationTables(
        root,
        {
            name: _load(
                catalog,
                (str(organization_id), name),
                f"{root}/{table_folder(organization_id, name)}",
            )
            for name in FILE_OF
        },
    )


def _of(period: date) -> EqualTo:
    return EqualTo(term=Reference(PERIOD), value=literal(period.isoformat()))


def _load(catalog: SqlCatalog, identifier: tuple[str, str], location: str) -> Table:
    schema = _schema(_COLUMNS[identifier[1]])
    try:
        table = catalog.load_table(identifier)
    except NoSuchTableError:
        _make(catalog, identifier, location, schema)
        table = catalog.load_table(identifier)
    if set(schema.column_names) - set(table.schema().column_names):
        with table.update_schema() as change:
            change.union_by_name(schema)
    return table


def _make(catalog: SqlCatalog, identifier: tuple[str, str], location: str, schema: Schema) -> None:
    # Another may be first at either; of the namespace the second hears only from the database.
    with suppress(NamespaceAlreadyExistsError, IntegrityError):
        catalog.create_namespace(identifier[0])
    mapping = {"schema.name-mapping.default": schema.name_mapping.model_dump_json()}
    with suppress(TableAlreadyExistsError):
        catalog.create_table(identifier, schema, location, _SPEC, properties=_PROPERTIES | mapping)


def _schema(columns: Iterable[str]) -> Schema:
    fields = [(PERIOD, DateType()), *((name, _TYPES.get(name, StringType())) for name in columns)]
    return Schema(
        *(NestedField(n, name, kind, required=False) for n, (name, kind) in enumerate(fields, 1))
    )


def _swap(table: Table, new: list[DataFile], gone: list[DataFile], told: Mapping[str, str]) -> None:
    if not new and not gone:
        return
    with (
        table.transaction() as transaction,
        transaction.update_snapshot(snapshot_properties=dict(told)).overwrite() as change,
    ):
        for file in gone:
            change.delete_data_file(file)
        for file in new:
            change.append_data_file(file)


def _data_file(table: Table, path: str, period: date) -> DataFile:
    """What the table says of a Parquet file that is there already."""
    source = table.io.new_input(path)
    with source.open() as stream:
        footer = pq.read_metadata(stream)
    statistics = data_file_statistics_from_parquet_metadata(
        parquet_metadata=footer,
        stats_columns=compute_statistics_plan(table.schema(), table.properties),
        parquet_column_mapping=parquet_path_to_id_mapping(table.schema()),
    )
    return DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=Record((period - EPOCH).days),
        file_size_in_bytes=len(source),
        sort_order_id=None,
        spec_id=table.spec().spec_id,
        equality_ids=None,
        key_metadata=None,
        **statistics.to_serialized_dict(),
    )


def _expire(table: Table, before: datetime) -> int:
    known = sorted(table.snapshots(), key=lambda snapshot: snapshot.timestamp_ms)
    ids = outlived([(s.snapshot_id, _made_at(s)) for s in known], before)
    if ids:
        table.maintenance.expire_snapshots().by_ids(ids).commit()
    return len(ids)


def _made_at(snapshot: Snapshot) -> datetime:
    return datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC)


def _data_paths(table: Table) -> Iterator[str]:
    manifests = {m.manifest_path: m for s in table.snapshots() for m in s.manifests(table.io)}
    for manifest in manifests.values():
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            yield entry.data_file.file_path


def _orphans(table: Table, before: datetime) -> list[str]:
    named = {
        table.metadata_location,
        *(entry.metadata_file for entry in table.metadata.metadata_log),
        *(snapshot.manifest_list for snapshot in table.snapshots()),
        *(m.manifest_path for s in table.snapshots() for m in s.manifests(table.io)),
        *_data_paths(table),
    }
    scheme, place, path = PyArrowFileIO.parse_location(table.location())
    if not isinstance(table.io, PyArrowFileIO):
        raise TypeError("the catalog is opened with pyarrow's files")
    below = FileSelector(path, recursive=True, allow_not_found=True)
    found = table.io.fs_by_scheme(scheme, place).get_file_info(below)
    old = (f for f in found if f.type == FileType.File and f.mtime < before)
    return [location for f in old if (location := f"{scheme}://{f.path}") not in named]
