"""Blobs: whole files under keys, in a local folder (`file://`) or in S3 (`s3://`) elsewhere.

Keys are relative paths with `/`. A blob appears whole or not at all and is never changed
under its key, so a reader's local copy of it stays true.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

PART = 8 * 1024 * 1024
"""Bytes held of a stream at a time; S3 takes no smaller part but the last."""
CACHE_BYTES = 10 * 1024**3


class BlobMissingError(LookupError):
    """There is no blob under the key."""


class Blobs(Protocol):
    """Where the blobs of one installation lie."""

    async def put(self, key: str, source: Path) -> None:
        """Store a copy of a local file."""

    async def receive(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        """Store a stream without holding it in memory; its bytes. Nothing is left on an error."""

    async def local(self, key: str) -> Path:
        """A local file with the blob's content, to be read only and at once.

        Raises:
            BlobMissingError: there is none.
        """

    async def delete(self, key: str) -> None:
        """Forget a blob; one that is not there is fine."""


@asynccontextmanager
async def open_blobs(
    url: str, cache: Path | None = None, cache_bytes: int = CACHE_BYTES
) -> AsyncIterator[Blobs]:
    """The blobs at `file:///folder` or `s3://bucket/prefix?region=…&endpoint_url=…`.

    `cache` holds local copies of S3's, at most about `cache_bytes`.
    """
    address = urlsplit(url)
    if address.scheme == "file":
        yield FolderBlobs(Path(unquote(address.path)))
        return
    if address.scheme != "s3":
        raise ValueError(f"blobs lie at file:// or s3://, not {address.scheme}://")
    async with AsyncExitStack() as stack:
        if cache is None:
            cache = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="finops-blobs-")))
        client = await stack.enter_async_context(_client(address.query))
        yield BucketBlobs(client, address.netloc, address.path.strip("/"), cache, cache_bytes)


def _client(query: str) -> Any:  # noqa: ANN401 - the SDK ships no types
    # Only who keeps blobs in S3 has the SDK installed and pays for its import.
    import aioboto3  # noqa: PLC0415

    given = dict(pair.split("=", 1) for pair in query.split("&") if pair)
    named = {name: unquote(given[key]) for key, name in _OPTIONS.items() if key in given}
    return aioboto3.Session().client("s3", **named)


_OPTIONS = {"region": "region_name", "endpoint_url": "endpoint_url"}


class FolderBlobs:
    """Blobs as files below a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: str, source: Path) -> None:
        await asyncio.to_thread(self._copy, _checked(key), source)

    async def receive(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        target = self._root / _checked(key)
        with _whole(target) as draft, draft.open("wb") as file:
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)
            return file.tell()

    async def local(self, key: str) -> Path:
        path = self._root / _checked(key)
        if not path.is_file():
            raise BlobMissingError(key)
        return path

    async def delete(self, key: str) -> None:
        (self._root / _checked(key)).unlink(missing_ok=True)

    def _copy(self, key: str, source: Path) -> None:
        with _whole(self._root / key) as draft:
            shutil.copyfile(source, draft)


class BucketBlobs:
    """Blobs as objects below a prefix of a bucket, with a bounded folder of local copies."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - the SDK ships no types
        bucket: str,
        prefix: str,
        cache: Path,
        cache_bytes: int,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._cache = cache
        self._cache_bytes = cache_bytes

    async def put(self, key: str, source: Path) -> None:
        await self._client.upload_file(str(source), self._bucket, self._prefix + _checked(key))

    async def receive(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        target = {"Bucket": self._bucket, "Key": self._prefix + _checked(key)}
        upload = (await self._client.create_multipart_upload(**target))["UploadId"]
        try:
            parts, size = await self._parts(target | {"UploadId": upload}, chunks)
        except BaseException:
            await self._client.abort_multipart_upload(**target, UploadId=upload)
            raise
        await self._client.complete_multipart_upload(
            **target, UploadId=upload, MultipartUpload={"Parts": parts}
        )
        return size

    async def _parts(
        self, upload: dict[str, str], chunks: AsyncIterator[bytes]
    ) -> tuple[list[dict[str, Any]], int]:
        parts: list[dict[str, Any]] = []
        size = 0
        async for body in _blocks(chunks):
            number = len(parts) + 1
            sent = await self._client.upload_part(**upload, PartNumber=number, Body=body)
            parts.append({"PartNumber": number, "ETag": sent["ETag"]})
            size += len(body)
        return parts, size

    async def local(self, key: str) -> Path:
        path = self._cache / _checked(key)
        if not path.is_file():
            with _whole(path) as draft:
                await self._download(key, draft)
            await asyncio.to_thread(self._trim, path)
        os.utime(path)
        return path

    async def delete(self, key: str) -> None:
        (self._cache / _checked(key)).unlink(missing_ok=True)
        await self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key)

    async def _download(self, key: str, draft: Path) -> None:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - comes with aioboto3

        try:
            await self._client.download_file(self._bucket, self._prefix + key, str(draft))
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
                raise BlobMissingError(key) from None
            raise

    def _trim(self, newest: Path) -> None:
        """Drop the copies longest unread; a reader that has one open keeps its content."""
        files = sorted(
            ((path.stat().st_mtime, path) for path in self._cache.rglob("*") if path.is_file()),
            reverse=True,
        )
        kept = 0
        for _, path in files:
            kept += path.stat().st_size
            if kept > self._cache_bytes and path != newest:
                path.unlink(missing_ok=True)


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The stream in parts of `PART` bytes, the last one smaller, at least one."""
    held, sent = bytearray(), False
    async for chunk in chunks:
        held += chunk
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
            sent = True
    if held or not sent:
        yield bytes(held)


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A draft beside `target` that takes its place at the end; gone on any error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".draft-")
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _checked(key: str) -> str:
    """The key, if it stays below its root."""
    path = PurePosixPath(key)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"not a blob's key: {key}")
    return key
