"""What is not taken: a whole bill by name, or single rows by reason and line number."""

from dataclasses import dataclass
from pathlib import Path


class BillRefusedError(Exception):
    """The bill as a whole is not read; `code` is stable, the text says why and what to do."""

    def __init__(self, code: str, detail: str, file: Path | None = None) -> None:
        super().__init__(f"{file}: {detail}" if file else detail)
        self.code = code
        self.detail = detail
        self.file = file


class TotalsDisagreeError(Exception):
    """What was written does not add up to what was read; nothing is published."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Rows of one file refused for one reason.

    `lines` are the first few places: lines of the text file counted from 1 with the header,
    or rows of a Parquet file counted from 1.
    """

    file: Path
    reason: str
    count: int
    lines: tuple[int, ...]
