"""Packed files before they are read: whole to the last byte, and no bombs."""

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq
from pyarrow import ArrowException

from finops_ingestion.bills.refusals import BillRefusedError

HARMLESS = 1 << 30
"""Bytes that any file may unpack to."""
RATIO = 200
"""Beyond that, how much larger than itself: bills shrink to a fifth or a thirtieth."""
FEW_ROWS = 1_000_000
"""Rows that any file may have; of more, each takes a byte at least."""
_STEP = 1 << 20


def check_packed(path: Path, harmless: int = HARMLESS) -> None:
    """See that a packed file is whole and stays in proportion, in little memory and no disk.

    The engine that reads bills does not compare checksums, and would take half a damaged file
    for all of it. Files that are not packed pass, and small ones: up to `harmless` bytes a
    file may unpack to as much as it likes.

    Raises:
        BillRefusedError: `damaged-file`, or `unpacks-too-large` as soon as that shows.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
        stream.seek(0)
        if start.startswith(b"\x1f\x8b"):
            _check_gzip(path, stream, harmless)
    if start == b"PAR1":
        _check_parquet(path, harmless)


def _check_gzip(path: Path, packed: BinaryIO, harmless: int) -> None:
    unpacked, piece = 0, bytearray(_STEP)
    try:
        with gzip.GzipFile(fileobj=packed) as stream:
            while size := stream.readinto(piece):
                unpacked += size
                _check_proportion(path, packed.tell(), unpacked, harmless)
    except (EOFError, OSError, zlib.error) as error:
        raise BillRefusedError("damaged-file", f"damaged or cut off: {error}", path) from error


def _check_parquet(path: Path, harmless: int) -> None:
    """By its own table of contents: a million equal cells may take a byte."""
    try:
        told = pq.read_metadata(path)
    except (ArrowException, OSError) as error:
        raise BillRefusedError("damaged-file", f"damaged Parquet: {error}", path) from error
    groups = [told.row_group(number) for number in range(told.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    packed = path.stat().st_size
    _check_proportion(path, packed, unpacked, harmless)
    if told.num_rows > max(FEW_ROWS, packed):
        raise BillRefusedError("unpacks-too-large", "has rows of less than a byte", path)


def _check_proportion(path: Path, packed: int, unpacked: int, harmless: int) -> None:
    if unpacked > max(harmless, RATIO * packed):
        detail = f"unpacks to more than {RATIO} times its size: no bill does"
        raise BillRefusedError("unpacks-too-large", detail, path)
