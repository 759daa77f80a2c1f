"""Manifests of AWS and Azure exports: which files make up one delivery of a billing period."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from finops_ingestion.bills.refusals import BillRefusedError

_ANCESTORS = 4
"""How far above a manifest its data may lie: metadata/BILLING_PERIOD=2026-10/run/manifest."""
_MIXED = "the actual and the amortised export say the same usage twice: convert them one by one"


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel)


class BillingPeriod(_Wire):
    """The period a legacy AWS manifest names, as it writes it."""

    start: str
    end: str


class Blob(_Wire):
    """A file of an Azure export, and how large the manifest says it is."""

    blob_name: str
    byte_count: int | None = None
    data_row_count: int | None = None

    def key(self) -> PurePosixPath:
        """The blob's path in its container."""
        return _key(self.blob_name)


class ExportConfig(_Wire):
    """Which Azure export a manifest belongs to; `type` is ActualCost, AmortizedCost, ..."""

    resource_id: str = ""
    export_name: str = ""
    type: str = ""


class RunInfo(_Wire):
    """One delivery of an Azure export: when it was asked for, and its first day."""

    submitted_time: str = ""
    start_date: str = ""


class Manifest(_Wire):
    """What a manifest says that we need; files are object keys or s3:// addresses."""

    report_keys: tuple[str, ...] = ()
    data_files: tuple[str, ...] = ()
    blobs: tuple[Blob, ...] = ()
    billing_period: BillingPeriod | None = Field(default=None)
    export_config: ExportConfig = Field(default=ExportConfig())
    run_info: RunInfo = Field(default=RunInfo())

    def data_keys(self) -> tuple[PurePosixPath, ...]:
        """The object keys of the data files."""
        named = (*self.report_keys, *self.data_files, *(blob.blob_name for blob in self.blobs))
        return tuple(map(_key, named))


def _key(name: str) -> PurePosixPath:
    return PurePosixPath(urlsplit(name).path.lstrip("/"))


def row_counts(manifest: Manifest) -> dict[str, int]:
    """How many rows the manifest counts, by data file; Azure's newer ones do."""
    counted = ((blob.key(), blob.data_row_count) for blob in manifest.blobs)
    return {str(key): rows for key, rows in counted if rows is not None}


def is_manifest(path: Path) -> bool:
    """Whether the name is a manifest's."""
    return path.name.lower().endswith("manifest.json")


def read_manifest(path: Path) -> Manifest:
    """Read one manifest.

    Raises:
        BillRefusedError: it is no manifest we know, or names no files.
    """
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise BillRefusedError("manifest-unreadable", "not a manifest we know", path) from error
    if not manifest.data_keys():
        raise BillRefusedError("manifest-empty", "the manifest names no data files", path)
    return manifest


def files_of(path: Path) -> list[Path]:
    """The local files a manifest names, found beside or above it.

    Raises:
        BillRefusedError: a file is missing or cut short, so the totals would be wrong.
    """
    manifest = read_manifest(path)
    sizes = {blob.key(): blob.byte_count or 0 for blob in manifest.blobs}
    found = {key: _find(path, key) for key in manifest.data_keys()}
    for key, file in found.items():
        # Of packed files nobody says whether the bytes are counted before or after.
        if key.suffix == ".csv" and file.stat().st_size < sizes.get(key, 0):
            raise BillRefusedError("manifest-incomplete", f"{key} is cut short", path)
    return list(found.values())


def promised_rows(files: Sequence[Path]) -> int | None:
    """How many rows the Azure manifests beside these files count in them; None if not in all."""
    promised: dict[Path, int | None] = {}
    for folder in {file.parent for file in files}:
        promised |= _promises(folder)
    counts = [count for file in files if (count := promised.get(file)) is not None]
    return sum(counts) if len(counts) == len(files) else None


def _promises(folder: Path) -> dict[Path, int | None]:
    try:
        blobs = read_manifest(folder / "manifest.json").blobs
    except (OSError, BillRefusedError):
        return {}
    return {folder / blob.key().name: blob.data_row_count for blob in blobs}


def latest(manifests: list[Path]) -> list[Path]:
    """One manifest per billing period: providers repeat it in the folder of every delivery.

    AWS: the one nearest the top points to the newest delivery; where runs have folders of
    their own, the last in order of name is. Azure says when a run was asked for.

    Raises:
        BillRefusedError: both views of one Azure bill, actual and amortised, lie there.
    """
    read = {path: read_manifest(path) for path in manifests}
    order = sorted(read, key=lambda p: (-len(p.parts), read[p].run_info.submitted_time, str(p)))
    chosen = {_delivery(path, read[path]): path for path in order}
    if {"ActualCost", "AmortizedCost"} <= {read[path].export_config.type for path in read}:
        raise BillRefusedError("azure-views-mixed", _MIXED, manifests[0])
    return sorted(chosen.values())


def _delivery(path: Path, manifest: Manifest) -> str:
    """What every delivery of one bill has in common."""
    if manifest.billing_period:
        return f"{path.name} {manifest.billing_period.start}"
    if manifest.run_info.start_date:
        export = manifest.export_config
        return f"{export.resource_id} {export.export_name} {manifest.run_info.start_date}"
    named = [part for part in path.parts if part.upper().startswith("BILLING_PERIOD=")]
    return f"{path.name} {named[-1]}" if named else str(path)


def _find(manifest: Path, key: PurePosixPath) -> Path:
    if ".." in key.parts:
        raise BillRefusedError("manifest-unsafe", f"{key} leaves its folder", manifest)
    for start in range(len(key.parts)):
        tail = Path(*key.parts[start:])
        for ancestor in manifest.resolve().parents[:_ANCESTORS]:
            if (ancestor / tail).is_file():
                return ancestor / tail
    raise BillRefusedError("manifest-incomplete", f"the manifest names {key}, not found", manifest)
