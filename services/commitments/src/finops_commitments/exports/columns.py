"""What the columns of exports hold, and how rows become them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import islice
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

import pyarrow as pa

from finops_commitments.figures.schemas import PERCENT_STEP
from finops_common.money import WIDE

T = TypeVar("T")
ROWS = 4096
"""In memory at once."""
TEXT, INSTANT, DAY = pa.string(), pa.timestamp("us", "UTC"), pa.date32()
AMOUNT = pa.decimal128(38, 12)
COUNT = pa.decimal128(19, 0)
_AMOUNT_STEP = Decimal("1e-12")
_KINDS: dict[type, pa.DataType] = {Decimal: AMOUNT, int: COUNT, datetime: INSTANT, date: DAY}


@dataclass(frozen=True)
class Column(Generic[T]):
    """One column: its name as in the API, its type, and its value in a row.

    Amounts have twelve digits behind the point, as bills do; averages are rounded to them, and
    percent to eight, as the API shows them.
    """

    name: str
    kind: pa.DataType
    value: Callable[[T], Any]

    def array(self, rows: Sequence[T]) -> pa.Array:
        """The values of these rows."""
        return pa.array([self._told(self.value(row)) for row in rows], self.kind)

    def _told(self, value: Any) -> Any:  # noqa: ANN401 - whatever the column holds
        if value is None:
            return None
        if self.kind == AMOUNT:
            return published(self.name, value)
        if self.kind == TEXT:
            return str(value).lower() if isinstance(value, bool) else str(value)
        return value


def published(name: str, value: Decimal) -> Decimal:
    """The amount of a column as it is told: in percent to eight places, else to twelve."""
    step = PERCENT_STEP if name.endswith("_percent") else _AMOUNT_STEP
    return value.quantize(step, ROUND_HALF_EVEN, WIDE)


def kind_of(annotation: Any) -> pa.DataType:  # noqa: ANN401 - any annotation of a field
    """The type of a column for a field so annotated; text unless it is a number or a time."""
    if annotation in _KINDS:
        return _KINDS[annotation]
    if get_origin(annotation) not in {Annotated, Union, UnionType}:
        return TEXT
    inner = get_args(annotation)
    of = inner[:1] if get_origin(annotation) is Annotated else inner
    return next((kind for each in of if (kind := kind_of(each)) != TEXT), TEXT)


def schema_of(columns: Sequence[Column[T]]) -> pa.Schema:
    """The columns' names and types."""
    return pa.schema([(each.name, each.kind) for each in columns])


def batches_of(columns: Sequence[Column[T]], rows: Iterable[T]) -> Iterator[pa.RecordBatch]:
    """The rows, some thousands at a time."""
    left, schema = iter(rows), schema_of(columns)
    while some := list(islice(left, ROWS)):
        yield pa.RecordBatch.from_arrays([each.array(some) for each in columns], schema=schema)
