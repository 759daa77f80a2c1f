"""Blobs: whole files under keys, in a local folder (`file://`) or in S3 (`s3://`) elsewhere.

Keys are relative paths with `/`. A blob appears whole or not at all and is never changed
under its key, so a reader's local copy of it stays true.
"""

import asyncio
import glob
import os
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from stat import S_ISREG
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
        """Forget a blob, and what killed writers have left of it; one that is not there is fine."""

    async def written(self, prefix: str, before: datetime) -> set[str]:
        """Keys below `prefix`, half-written ones too, that nobody has written to since `before`."""


@asynccontextmanager
async def open_blobs(
    url: str, cache: Path | None = None, cache_bytes: int = CACHE_BYTES
) -> AsyncIterator[Blobs]:
    """The blobs at `file:///folder` or `s3://bucket/prefix?region=…&endpoint_url=…`.

    `cache` holds local copies of S3's, at most about `cache_bytes` beside those that were asked
    for in the last seconds. There the process must be let get, put, delete and list objects,
    and list and abort multipart uploads.
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
        target = self._root / _checked(key)
        target.unlink(missing_ok=True)
        for draft in target.parent.glob(glob.escape(_draft_of(target)) + "?" * 8):
            draft.unlink(missing_ok=True)

    async def written(self, prefix: str, before: datetime) -> set[str]:
        return await asyncio.to_thread(self._written, _checked(prefix), before.timestamp())

    def _written(self, prefix: str, before: float) -> set[str]:
        found = set()
        for path in (self._root / prefix).rglob("*"):
            with suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime < before:
                    draft = _DRAFT.fullmatch(path.name)
                    target = path.with_name(draft[1]) if draft else path
                    found.add(str(target.relative_to(self._root)))
        return found

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
        while not _touched(path):
            with _whole(path) as draft:
                await self._download(key, draft)
            await asyncio.to_thread(self._trim)
        return path

    async def delete(self, key: str) -> None:
        (self._cache / _checked(key)).unlink(missing_ok=True)
        await self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key)
        async for upload in self._begun(key):
            place = {"Bucket": self._bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}
            if upload["Key"] == self._prefix + key:
                await self._abort(place)

    async def written(self, prefix: str, before: datetime) -> set[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._prefix}{_checked(prefix)}/"
        )
        there = [(o["Key"], o["LastModified"]) async for p in pages for o in p.get("Contents", ())]
        there += [(u["Key"], u["Initiated"]) async for u in self._begun(f"{prefix}/")]
        return {key.removeprefix(self._prefix) for key, moment in there if moment < before}

    async def _abort(self, place: dict[str, str]) -> None:
        try:
            await self._client.abort_multipart_upload(**place)
        except self._client.exceptions.NoSuchUpload:
            return  # somebody else's deletion came first, or its writer has ended it

    async def _begun(self, prefix: str) -> AsyncIterator[dict[str, Any]]:
        """Uploads in parts that nobody has completed: S3 keeps them, and charges for them."""
        pages = self._client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        async for page in pages:
            for upload in page.get("Uploads", ()):
                yield upload

    async def _download(self, key: str, draft: Path) -> None:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - comes with aioboto3

        try:
            await self._client.download_file(self._bucket, self._prefix + key, str(draft))
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
                raise BlobMissingError(key) from None
            raise

    def _trim(self) -> None:
        """Drop the copies longest unread, but none that somebody may be about to open.

        What is being downloaded counts, and stays. Others add and drop beside this.
        """
        now, kept = time.time(), 0
        for moment, size, path in sorted(_files(self._cache), reverse=True):
            kept += size
            draft = _DRAFT.fullmatch(path.name)
            spared = _WRITTEN_S if draft else _OPENED_S
            if kept > self._cache_bytes and moment < now - spared:
                path.unlink(missing_ok=True)


_OPENED_S = 15
"""Who has asked for several blobs opens the first once the last is here; then it may go."""
_WRITTEN_S = 3600
"""A draft that nobody has written to for so long is what a killed process has left."""


def _files(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """When each file was touched last and how large it is; those that go meanwhile are left out."""
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            told = path.stat()
            if S_ISREG(told.st_mode):
                yield told.st_mtime, told.st_size, path


def _touched(path: Path) -> bool:
    """Whether the file is there; it counts as read now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


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
    """A draft beside `target` that takes its place at the end; gone on any error.

    Who is killed leaves it: its name tells whose it is.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=_draft_of(target))
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


_DRAFT = re.compile(r"\.draft-(.+)-\w{8}", re.DOTALL)


def _draft_of(target: Path) -> str:
    """How the names of its drafts begin; `mkstemp` ends them with eight characters."""
    return f".draft-{target.name}-"


def _checked(key: str) -> str:
    """The key, if it stays below its root."""
    path = PurePosixPath(key)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"not a blob's key: {key}")
    return key
