"""Blobs appear whole, under their keys only, in a folder and in S3 alike."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from finops_common.blobs import PART, BlobMissingError, Blobs, BucketBlobs, open_blobs
from finops_sandbox.stack import Stack

HALF_A_BLOB = """
import asyncio, sys
from finops_common.blobs import open_blobs

async def half():
    yield b"x"
    print("half", flush=True)
    sys.stdin.read()

async def write():
    async with open_blobs(sys.argv[1]) as blobs:
        await blobs.receive("of/hourly.parquet", half())

asyncio.run(write())
"""


@pytest.fixture(params=["folder", "bucket"])
async def blobs(
    request: pytest.FixtureRequest,
    stack: Stack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Blobs]:
    url = f"file://{tmp_path / 'blobs'}"
    if request.param == "bucket":
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
        s3 = boto3.client("s3", endpoint_url=stack.s3_url, region_name="us-east-1")
        s3.create_bucket(Bucket="blobs")
        url = f"s3://blobs/{tmp_path.name}?region=us-east-1&endpoint_url={stack.s3_url}"
    async with open_blobs(url, tmp_path / "cache", cache_bytes=3 * PART) as opened:
        yield opened


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def broken() -> AsyncIterator[bytes]:
    yield b"x" * (PART + 1)
    raise ConnectionResetError


async def test_what_was_put_is_read_and_deleting_forgets_it(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"costs")

    await blobs.put("organization=1/hourly.parquet", source)

    assert (await blobs.local("organization=1/hourly.parquet")).read_bytes() == b"costs"
    await blobs.delete("organization=1/hourly.parquet")
    await blobs.delete("organization=1/hourly.parquet")
    with pytest.raises(BlobMissingError):
        await blobs.local("organization=1/hourly.parquet")


async def test_a_stream_larger_than_a_part_arrives_whole(blobs: Blobs) -> None:
    size = await blobs.receive("big", stream(b"a" * PART, b"b" * 5, b"c" * 7))

    assert size == PART + 12
    assert (await blobs.local("big")).read_bytes() == b"a" * PART + b"b" * 5 + b"c" * 7


async def test_a_broken_stream_leaves_nothing(blobs: Blobs) -> None:
    with pytest.raises(ConnectionResetError):
        await blobs.receive("half", broken())

    with pytest.raises(BlobMissingError):
        await blobs.local("half")


async def test_deleting_a_blob_takes_what_a_killed_writer_has_left_of_it(tmp_path: Path) -> None:
    url = f"file://{tmp_path}"
    writer = await create_subprocess_exec(
        sys.executable, "-c", HALF_A_BLOB, url, stdin=PIPE, stdout=PIPE
    )
    assert writer.stdout
    assert await writer.stdout.readline() == b"half\n"
    writer.kill()
    await writer.wait()
    left = list((tmp_path / "of").iterdir())

    async with open_blobs(url) as blobs:
        await blobs.delete("of/hourly.parquet")

    assert len(left) == 1
    assert list((tmp_path / "of").iterdir()) == []


async def test_what_nobody_has_written_to_for_long_is_told_half_written_or_not(
    blobs: Blobs, tmp_path: Path, stack: Stack
) -> None:
    await blobs.receive("uploads/whole", stream(b"a"))
    await blobs.receive("elsewhere/whole", stream(b"a"))
    if isinstance(blobs, BucketBlobs):
        s3 = boto3.client("s3", endpoint_url=stack.s3_url, region_name="us-east-1")
        s3.create_multipart_upload(Bucket="blobs", Key=f"{tmp_path.name}/uploads/half")
    else:
        (tmp_path / "blobs" / "uploads" / ".draft-half-abcdefgh").touch()
    now = datetime.now(UTC)

    late = await blobs.written("uploads", now + timedelta(hours=1))
    early = await blobs.written("uploads", now - timedelta(hours=1))
    await blobs.delete("uploads/half")
    left = await blobs.written("uploads", now + timedelta(hours=1))

    assert late == {"uploads/whole", "uploads/half"}
    assert "uploads/whole" not in early  # of begun ones moto says they are from 2010
    assert left == {"uploads/whole"}


async def test_a_key_cannot_leave_its_root(blobs: Blobs) -> None:
    for key in ("../other", "/etc/passwd", ""):
        with pytest.raises(ValueError, match="key"):
            await blobs.receive(key, stream(b"x"))


def age(folder: Path) -> None:
    """Two minutes pass over what lies there."""
    for path in folder.rglob("*"):
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 120))


async def test_the_cache_of_a_bucket_is_bounded(blobs: Blobs, tmp_path: Path) -> None:
    for name in "abcd":
        await blobs.receive(name, stream(name.encode() * PART))

    for name in "abcd":
        age(tmp_path / "cache")
        await blobs.local(name)

    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in kept) <= 3 * PART
    assert (await blobs.local("a")).read_bytes() == b"a" * PART


async def test_other_places_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="ftp"):
        async with open_blobs("ftp://somewhere"):
            pass


async def test_many_readers_of_a_small_cache_all_find_their_blobs(blobs: Blobs) -> None:
    for number in range(20):
        await blobs.receive(f"{number}", stream(b"x" * (PART // 4)))

    read = await asyncio.gather(*(blobs.local(f"{number}") for number in range(20)))

    assert {path.stat().st_size for path in read} == {PART // 4}


async def test_two_at_once_may_delete_what_a_killed_writer_has_left(
    blobs: Blobs, tmp_path: Path, stack: Stack
) -> None:
    await blobs.receive("uploads/whole", stream(b"a"))
    if isinstance(blobs, BucketBlobs):
        s3 = boto3.client("s3", endpoint_url=stack.s3_url, region_name="us-east-1")
        for _ in range(3):
            s3.create_multipart_upload(Bucket="blobs", Key=f"{tmp_path.name}/uploads/whole")
    else:
        (tmp_path / "blobs" / "uploads" / ".draft-whole-abcdefgh").touch()

    await asyncio.gather(*(blobs.delete("uploads/whole") for _ in range(5)))

    assert await blobs.written("uploads", datetime.now(UTC) + timedelta(hours=1)) == set()
