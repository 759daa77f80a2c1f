"""From what the caller names (files, folders, manifests) to the files of one bill."""

from collections.abc import Sequence
from pathlib import Path

from finops_ingestion.bills.archives import check_packed
from finops_ingestion.bills.detect import detect
from finops_ingestion.bills.files import BillFile, inspect
from finops_ingestion.bills.json_lines import asked
from finops_ingestion.bills.manifest import files_of, is_manifest, latest
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.refusals import BillRefusedError

_DATA_SUFFIXES = (".csv", ".csv.gz", ".gz", ".parquet", ".jsonl", ".ndjson")


def collect(sources: Sequence[Path]) -> tuple[Mapping, list[BillFile]]:
    """The files to read, each once and whole, and the one schema they share.

    Raises:
        BillRefusedError: nothing to read, an unreadable or damaged file, one that unpacks to far
            more than a bill does, or more than one schema.
    """
    paths = dict.fromkeys(path.resolve() for source in sources for path in _expand(source))
    if not paths:
        raise BillRefusedError("nothing-to-read", "no bill files found there", sources[0])
    for path in paths:
        check_packed(path)
    files = [inspect(path) for path in paths]
    mappings = [detect(file.layout.names(), file.path) for file in files]
    files = [
        BillFile(file.path, asked(file.layout, mapping))
        for file, mapping in zip(files, mappings, strict=True)
    ]
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
    named = source.suffix.lower() == ".json" and not _has_rows(source)
    return files_of(source) if named else [source]


def _folder(folder: Path) -> list[Path]:
    """What manifests name, if there are any; else every data file, hidden ones aside."""
    found = sorted(p for p in folder.rglob("*") if p.is_file() and not _hidden(p, folder))
    manifests = [path for path in found if is_manifest(path)]
    if manifests:
        return [file for manifest in latest(manifests) for file in files_of(manifest)]
    return [path for path in found if _is_data(path)]


def _is_data(path: Path) -> bool:
    name = path.name.lower()
    return name.endswith(_DATA_SUFFIXES) or (name.endswith(".json") and _has_rows(path))


def _has_rows(path: Path) -> bool:
    """Whether a .json file is a bill: its first rows are of a schema we know."""
    try:
        detect(inspect(path).layout.names(), path)
    except BillRefusedError:
        return False
    return True


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
