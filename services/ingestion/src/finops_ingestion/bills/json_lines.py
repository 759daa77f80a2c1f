"""Bills as JSON, one row a line: the columns to ask for and the scan that reads them as text."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from finops_ingestion.bills.cells import ident, literal
from finops_ingestion.bills.files import Layout, json_column
from finops_ingestion.bills.mapping import Mapping


def asked(layout: Layout, mapping: Mapping) -> Layout:
    """The layout with the columns the mapping knows; layouts that are no JSON stay as they are.

    Rows leave out what is null, so the first ones do not name all columns, and one odd row
    among them must not change how the others are read.
    """
    if layout.format != "json":
        return layout
    sources = (name.split("[")[0] for value in mapping.inputs for name in value.sources)
    names = {*sources, *mapping.tags.nested}
    nested = {name.split(".")[0] for name in names if "." in name}
    return replace(layout, columns=tuple(map(json_column, sorted(names - nested))))


def json_scan(layout: Layout, files: str) -> str:
    """The table function that reads the rows; what is no JSON object becomes a row of NULLs."""
    fields = _fields(layout)
    columns = ", ".join(f"{ident(name)}: {literal(kind)}" for name, kind in fields)
    return (
        f"read_json({files}, format = 'newline_delimited', auto_detect = false,"
        f" columns = {{{columns}}}, compression = {literal(layout.compression)},"
        " hive_partitioning = false, ignore_errors = true)"
    )


def _fields(layout: Layout) -> Iterable[tuple[str, str]]:
    """The top of each row with its type; numbers stay the text they are."""
    parts: dict[str, list[str]] = defaultdict(list)
    for column in layout.columns:
        top, *rest = column.path or (column.name,)
        parts[top] += rest
    for name, keys in parts.items():
        inner = ", ".join(f"{ident(key)} VARCHAR" for key in keys)
        yield name, f"STRUCT({inner})" if keys else "VARCHAR"
