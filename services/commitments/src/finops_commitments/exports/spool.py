"""Tables that wait on disk, so that memory does not grow with their rows."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from tempfile import NamedTemporaryFile

import pyarrow as pa
import pyarrow.compute as pc

from finops_commitments.exports.columns import ROWS

_PACKED = pa.ipc.IpcWriteOptions(compression="zstd")


class Spool:
    """A table in a file of its own, which is gone once `held` is let go."""

    def __init__(self, held: ExitStack) -> None:
        self._file = held.enter_context(NamedTemporaryFile(prefix="finops-export-"))  # noqa: SIM115 - held

    def write(self, batches: Iterator[pa.RecordBatch]) -> None:
        """All batches of one schema, packed: sums are zeros for the most part."""
        first = next(batches, None)
        if first is None:
            return
        with pa.ipc.new_stream(self._file, first.schema, options=_PACKED) as writer:
            for batch in chain((first,), batches):
                writer.write_batch(batch)
        self._file.flush()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """What was written, in its order."""
        with pa.OSFile(self._file.name) as file:
            if file.size():
                yield from pa.ipc.open_stream(file)


def ordered(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], sort: str
) -> Iterator[pa.RecordBatch]:
    """The rows by a column, descending behind a minus; what has no value comes last."""
    with NamedTemporaryFile(prefix="finops-export-") as file:
        # Not packed: the system reads rows from where they lie in the file, and forgets them again.
        with pa.ipc.new_file(file, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        file.flush()
        with pa.memory_map(file.name) as mapped:
            table = pa.ipc.open_file(mapped).read_all()
            places = _places(table.column(sort.removeprefix("-")), falling=sort.startswith("-"))
            for first in range(0, len(places), ROWS):
                yield from table.take(places.slice(first, ROWS)).combine_chunks().to_batches()


def _places(column: pa.ChunkedArray, *, falling: bool) -> pa.Array:
    # Rows alike keep their order: by their number. What is null comes last, whichever the order.
    keyed = pa.table({"value": column, "row": pa.array(range(len(column)), pa.int64())})
    keys = [("value", "descending" if falling else "ascending"), ("row", "ascending")]
    return pc.sort_indices(keyed, sort_keys=keys)
