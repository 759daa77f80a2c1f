"""Packed files: bombs, damage and archives that hide something are refused by name."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops_ingestion.bills.archives import FEW_ROWS, check_packed
from finops_ingestion.bills.files import inspect
from finops_ingestion.bills.refusals import BillRefusedError

MB = 1 << 20
Pack = Callable[[bytes], bytes]
TEXT = "".join(f"{n},{n * 7919 % 10007},USD\n" for n in range(20_000)).encode()


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "bill.csv.gz"
    path.write_bytes(gzip.compress(TEXT))
    return path


def refusal(check: Callable[[Path], object], path: Path) -> str:
    with pytest.raises(BillRefusedError) as refused:
        check(path)
    assert refused.value.file == path
    return refused.value.code


def test_a_whole_file_passes_packed_or_not_and_in_several_members(packed: Path) -> None:
    check_packed(packed)
    packed.write_bytes(gzip.compress(TEXT) + gzip.compress(TEXT))
    check_packed(packed)
    packed.write_bytes(TEXT)
    check_packed(packed)


@pytest.mark.req("ING-17", part="truncated and damaged archives")
@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data[:-8],
        lambda data: data[:-8] + b"\0\0\0\0" + data[-4:],
        lambda data: data[: len(data) // 2] + b"\0\1\2" + data[len(data) // 2 + 3 :],
        lambda data: data + b"more",
    ],
    ids=["half", "a byte short", "no checksum", "wrong checksum", "changed inside", "more behind"],
)
def test_a_packed_file_that_is_not_whole_is_refused(damage: Pack, packed: Path) -> None:
    packed.write_bytes(damage(packed.read_bytes()))

    assert refusal(check_packed, packed) == "damaged-file"


@pytest.mark.req("ING-17", part="compressed bombs: refused as they unpack")
def test_a_bomb_is_refused_as_soon_as_it_has_unpacked_too_much(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.csv.gz"
    # What follows the bomb is damaged: it is not even looked at.
    bomb.write_bytes(gzip.compress(b"0" * 20 * MB) + b"more")

    assert refusal(lambda path: check_packed(path, MB), bomb) == "unpacks-too-large"
    assert refusal(check_packed, bomb) == "damaged-file"


@pytest.mark.req("ING-17", part="compressed bombs: Parquet")
def test_a_parquet_bomb_is_refused_by_what_it_says_of_itself(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"a": pa.nulls(20 * MB, pa.bool_())}), bomb, compression="zstd")

    assert refusal(lambda path: check_packed(path, MB), bomb) == "unpacks-too-large"


@pytest.mark.req("ING-17", part="compressed bombs: Parquet rows that take no bytes")
def test_parquet_with_more_rows_than_bytes_is_refused_unless_they_are_few(tmp_path: Path) -> None:
    few, many = tmp_path / "few.parquet", tmp_path / "many.parquet"
    for path, rows in ((few, FEW_ROWS), (many, FEW_ROWS + 1)):
        pq.write_table(pa.table({"a": pa.nulls(rows, pa.bool_())}), path, compression="zstd")

    check_packed(few)

    assert refusal(check_packed, many) == "unpacks-too-large"


@pytest.mark.req("ING-17", part="truncated Parquet")
@pytest.mark.parametrize("check", [check_packed, inspect])
def test_parquet_without_its_end_is_refused(
    check: Callable[[Path], object], tmp_path: Path
) -> None:
    path = tmp_path / "bill.parquet"
    pq.write_table(pa.table({"a": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-20])

    assert refusal(check, path) == "damaged-file"


def a_zip(name: str, *, encrypted: bool = False) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, TEXT)
    data = bytearray(target.getvalue())
    # The bit that says so, in the entry's own header and in the table of contents.
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)) if encrypted else ():
        data[data.index(signature) + flags] |= 1
    return bytes(data)


def a_tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        entry = tarfile.TarInfo("../bill.csv")
        entry.size = len(TEXT)
        archive.addfile(entry, io.BytesIO(TEXT))
    return target.getvalue()


@pytest.mark.req("ING-17", part="encrypted and nested archives, path tricks inside them")
@pytest.mark.parametrize(
    "data",
    [
        a_zip("bill.csv"),
        a_zip("bill.csv", encrypted=True),
        a_zip("../../etc/bill.csv"),
        gzip.compress(a_zip("bill.csv")),
        gzip.compress(gzip.compress(TEXT)),
        a_tar(),
    ],
    ids=["zip", "encrypted zip", "zip of ..", "zip in gzip", "gzip in gzip", "tar of .."],
)
def test_archives_of_files_are_never_unpacked(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bill.csv.gz"
    path.write_bytes(data)

    assert refusal(inspect, path) == "unreadable-file"
