"""From what the caller names (files, folders, manifests) to the files of one bill."""

from collections.abc import Sequence
from pathlib import Path

from finops_ingestion.bills.detect import detect
from finops_ingestion.bills.files import BillFile, inspect
from finops_ingestion.bills.manifest import files_of, is_manifest, latest
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.refusals import BillRefusedError

_DATA_SUFFIXES = (".csv", ".csv.gz", ".gz", ".parquet")


def collect(sources: Sequence[Path]) -> tuple[Mapping, list[BillFile]]:
    """The files to read, each once, and the one schema they share.

    Raises:
        BillRefusedError: nothing to read, an unreadable file, or more than one schema.
    """
    paths = dict.fromkeys(path.resolve() for source in sources for path in _expand(source))
    if not paths:
        raise BillRefusedError("nothing-to-read", "no bill files found there", sources[0])
    files = [inspect(path) for path in paths]
    mappings = [detect(file.layout.names(), file.path) for file in files]
    example = {mapping.title: file.path.name for mapping, file in zip(mappings, files, strict=True)}
    if len(example) > 1:
        found = "; ".join(f"{title} ({name})" for title, name in example.items())
        raise BillRefusedError("schemas-mixed", f"convert these one by one: {found}", sources[0])
    return mappings[0], files


def _expand(source: Path) -> list[Path]:
    if source.is_dir():
        return _folder(source)
    if not source.is_file():
        raise BillRefusedError("not-found", "there is no such file", source)
    return files_of(source) if source.suffix.lower() == ".json" else [source]


def _folder(folder: Path) -> list[Path]:
    """What manifests name, if there are any; else every data file, hidden ones aside."""
    found = sorted(p for p in folder.rglob("*") if p.is_file() and not _hidden(p, folder))
    manifests = [path for path in found if is_manifest(path)]
    if manifests:
        return [file for manifest in latest(manifests) for file in files_of(manifest)]
    return [path for path in found if path.name.lower().endswith(_DATA_SUFFIXES)]


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
