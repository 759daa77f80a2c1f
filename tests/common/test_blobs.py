"""Blobs appear whole, under their keys only, in a folder and in S3 alike."""

from collections.abc import AsyncIterator
from pathlib import Path

import boto3
import pytest

from finops_common.blobs import PART, BlobMissingError, Blobs, open_blobs
from finops_sandbox.stack import Stack


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


async def test_a_key_cannot_leave_its_root(blobs: Blobs) -> None:
    for key in ("../other", "/etc/passwd", ""):
        with pytest.raises(ValueError, match="key"):
            await blobs.receive(key, stream(b"x"))


async def test_the_cache_of_a_bucket_is_bounded(blobs: Blobs, tmp_path: Path) -> None:
    for name in "abcd":
        await blobs.receive(name, stream(name.encode() * PART))

    for name in "abcd":
        await blobs.local(name)

    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in kept) <= 3 * PART
    assert (await blobs.local("a")).read_bytes() == b"a" * PART


async def test_other_places_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="ftp"):
        async with open_blobs("ftp://somewhere"):
            pass
