"""A bucket of S3, read as objects of a bill."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import closing
from typing import Any

from finops_ingestion.imports.stores.objects import ChangedError, Listed

CHUNK = 1024 * 1024


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
        async with answer["Body"] as body:
            return bytes(await body.read())

    async def stream(self, key: str, version: str) -> AsyncGenerator[bytes, None]:
        """The bytes of that version. Raises ChangedError when another stands there now."""
        answer = await self._client.get_object(Bucket=self._bucket, Key=key)
        if answer["ETag"].strip('"') != version:
            raise ChangedError(key)
        with closing(answer["Body"]) as body:
            async for chunk in body.iter_chunks(CHUNK):
                yield chunk
