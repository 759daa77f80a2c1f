"""The page of a source schema, rendered from its mapping: docs/schemas/<schema>.md.

`python -m finops_ingestion.bills.pages DIR` writes all of them.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from finops_ingestion.bills.mapping import Input, Mapping
from finops_ingestion.bills.schemas import MAPPINGS

_READING = """Names match whatever their case, slashes, underscores and spaces; the first source
that is filled wins. `column[key]` is a key of a nested column, asked for only where no plain
column is there."""


def render_page(mapping: Mapping) -> str:
    """The mapping as Markdown, made for reading beside the provider's own column guide."""
    sections = [
        f"# {mapping.title}",
        f"Schema `{mapping.name}`. Rendered from its mapping table; do not edit by hand.",
        _READING,
        "## Columns read",
        _table(
            ("value", "read as", "source columns", "if there are none"),
            (
                (v.name, _read_as(v), _codes(v.sources), _code(v.default or "NULL"))
                for v in mapping.inputs
            ),
        ),
        "## Worked out per line",
        _table(
            ("value", "expression", "note"),
            ((v.name, _code(v.expression), v.note) for v in mapping.derived),
        ),
        "## A line is refused when",
        "\n".join(f"- {demand.reason}" for demand in mapping.demands)
        + "\n- an amount, or a date and time, cannot be read",
        "## Records",
        *_kinds(mapping),
        _table(
            ("column", "FOCUS", "expression", "note"),
            ((r.column, r.focus, _code(r.expression), r.note) for r in mapping.rules),
        ),
        "## Laws checked",
        "\n".join(f"- `{check.name}`: {check.meaning}" for check in mapping.checks),
    ]
    return "\n\n".join(sections) + "\n"


def write_pages(directory: Path) -> None:
    """Write the page of every schema we read into the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for mapping in MAPPINGS:
        (directory / f"{mapping.name}.md").write_text(render_page(mapping))


def _read_as(value: Input) -> str:
    return f"{value.kind}, {_code(value.reading)}" if value.reading else value.kind


def _kinds(mapping: Mapping) -> list[str]:
    rows = [(kind, ", ".join(parts)) for kind, parts in mapping.kinds.items()]
    return [_table(("line type", "becomes"), rows)] if rows else []


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text}`"


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(map(_code, texts))


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
