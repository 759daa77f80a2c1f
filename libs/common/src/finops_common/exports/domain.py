"""What is exported, in which form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Format = Literal["csv", "xlsx", "parquet"]
Fact = tuple[str, str]


@dataclass(frozen=True)
class Sheet:
    """A table that is written as it is read; `about` says what it holds, label by label."""

    name: str
    schema: Any
    batches: Iterator[Any]
    about: Sequence[Fact]
