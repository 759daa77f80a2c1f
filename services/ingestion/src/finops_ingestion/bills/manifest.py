"""Manifests of AWS and Azure exports: which files make up one delivery of a billing period."""

from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from finops_ingestion.bills.refusals import BillRefusedError

_ANCESTORS = 4
"""How far above a manifest its data may lie: metadata/BILLING_PERIOD=2026-10/run/manifest."""


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel)


class BillingPeriod(_Wire):
    """The period a legacy AWS manifest names, as it writes it."""

    start: str
    end: str


class Blob(_Wire):
    """A file of an Azure export."""

    blob_name: str


class Manifest(_Wire):
    """What a manifest says that we need; files are object keys or s3:// addresses."""

    report_keys: tuple[str, ...] = ()
    data_files: tuple[str, ...] = ()
    blobs: tuple[Blob, ...] = ()
    billing_period: BillingPeriod | None = Field(default=None)

    def data_keys(self) -> tuple[PurePosixPath, ...]:
        """The object keys of the data files."""
        named = (*self.report_keys, *self.data_files, *(blob.blob_name for blob in self.blobs))
        return tuple(PurePosixPath(urlsplit(name).path.lstrip("/")) for name in named)


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
        BillRefusedError: a file is missing, so the totals would be wrong.
    """
    return [_find(path, key) for key in read_manifest(path).data_keys()]


def latest(manifests: list[Path]) -> list[Path]:
    """One manifest per billing period: AWS repeats it in the folder of every delivery.

    The one nearest the top points to the newest delivery; where runs have folders of their
    own, the last in order of name is.
    """
    chosen: dict[str, Path] = {}
    for path in sorted(manifests, key=lambda p: (-len(p.parts), str(p))):
        chosen[_period(path)] = path
    return sorted(chosen.values())


def _period(path: Path) -> str:
    period = read_manifest(path).billing_period
    if period:
        return f"{path.name} {period.start}"
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
