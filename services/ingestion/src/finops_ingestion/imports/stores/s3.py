"""A bucket of S3, read as objects of a bill."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import closing, contextmanager
from typing import Any

import aiohttp
from botocore.exceptions import ClientError, HTTPClientError, ResponseStreamingError

from finops_ingestion.imports.stores.objects import ChangedError, Listed

CHUNK = 1024 * 1024
CUTS = 10
"""So often an object's bytes may break off; each time they go on from there."""
_OTHER_VERSION = frozenset({"NoSuchKey", "PreconditionFailed"})


class S3Objects:
    """Satisfies `objects.Objects` over a client of an SDK that ships no types."""

    def __init__(self, client: Any, bucket: str) -> None:  # noqa: ANN401 - as said above
        self._client = client
        self._bucket = bucket

    async def list(self, prefix: str) -> AsyncIterator[Listed]:
        """Every object below `prefix`."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        async for page in pages:
            for entry in page.get("Contents", ()):
                version = entry["ETag"].strip('"')
                yield Listed(entry["Key"], version, entry["Size"], entry["LastModified"])

    async def read(self, key: str) -> bytes:
        """A small object, whole."""
        answer = await self._client.get_object(Bucket=self._bucket, Key=key)
        with _streaming():
            async with answer["Body"] as body:
                return bytes(await body.read())

    async def stream(self, key: str, version: str) -> AsyncGenerator[bytes, None]:
        """The bytes of that version. Raises ChangedError when another, or none, stands there now.

        What breaks off goes on where it ended, in the same version: gigabytes may take longer
        than a connection lives.
        """
        done = cuts = 0
        while True:
            try:
                async for chunk in self._from(key, version, done):
                    done += len(chunk)
                    yield chunk
            except HTTPClientError:
                cuts += 1
                if cuts > CUTS:
                    raise
            else:
                return

    async def _from(self, key: str, version: str, start: int) -> AsyncGenerator[bytes, None]:
        rest = {"Range": f"bytes={start}-"} if start else {}
        asked = {"Bucket": self._bucket, "Key": key, "IfMatch": f'"{version}"', **rest}
        try:
            answer = await self._client.get_object(**asked)
        except ClientError as error:
            if error.response["Error"]["Code"] in _OTHER_VERSION:
                raise ChangedError(key) from None
            raise
        with closing(answer["Body"]) as body, _streaming():
            async for chunk in body.iter_chunks(CHUNK):
                yield chunk


@contextmanager
def _streaming() -> Iterator[None]:
    """The SDK lets its transport's errors through while it reads a body: made the SDK's own."""
    try:
        yield
    except aiohttp.ClientError as error:
        raise ResponseStreamingError(error=error) from error
