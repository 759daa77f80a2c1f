"""The csv.gz twin of a bill, as AWS delivers it: one gzip member per file, maps as JSON text."""

from pathlib import Path

import duckdb


def csv_twin(bill: str) -> list[Path]:
    """Its files, made when they are not there."""
    made = []
    for source in sorted(Path(bill).glob("*.parquet")):
        target = source.with_name(source.name.replace(".snappy.parquet", ".csv.gz"))
        folder = Path(bill).with_name(f"{Path(bill).name}-csv")
        folder.mkdir(exist_ok=True)
        made.append(folder / target.name)
        if not made[-1].exists():
            _write(source, made[-1])
    return made


def _write(source: Path, target: Path) -> None:
    draft = target.with_suffix(".draft")
    maps = ", ".join(f"to_json({name}) AS {name}" for name in ("product", "resource_tags"))
    duckdb.execute(
        f"COPY (SELECT * REPLACE ({maps}, NULL AS cost_category) FROM read_parquet('{source}'))"
        f" TO '{draft}' (FORMAT csv, HEADER, COMPRESSION gzip)"
    )
    draft.rename(target)
