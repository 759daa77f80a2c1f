"""A table as a file that is sent while it is written."""

from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from finops_common.exports.as_csv import write_csv
from finops_common.exports.as_parquet import write_parquet
from finops_common.exports.as_xlsx import write_xlsx
from finops_common.exports.domain import Format, Sheet
from finops_common.exports.streams import Pieces

WRITERS: Mapping[Format, Callable[[Sheet], Generator[bytes]]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "parquet": write_parquet,
}


@dataclass(frozen=True)
class Export:
    """A file to be sent; `pieces` must be closed."""

    filename: str
    pieces: Pieces


def export(sheet: Sheet, form: Format, span: str, held: ExitStack) -> Export:
    """The sheet in a form, named by itself and its `span`; closing it lets go what is held."""
    written = WRITERS[form](sheet)
    # Closed first, as long as what it reads is open.
    held.callback(written.close)
    return Export(f"{sheet.name.lower()}_{span}.{form}", Pieces(written, held))
