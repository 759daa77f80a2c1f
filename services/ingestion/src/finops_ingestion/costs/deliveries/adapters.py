"""Buckets of customers, written to through the role that each delivery's own stack makes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from finops_ingestion.connections.adapters.aws import Aws, Client, code_of, is_denied
from finops_ingestion.connections.domain import CloudSilentError
from finops_ingestion.costs.deliveries.domain import (
    CHECK,
    Bucket,
    Cause,
    Delivery,
    DeliveryBrokenError,
)

PART = 16 * 1024 * 1024
"""Bytes sent at once; S3 takes ten thousand parts of one file."""
_ELSEWHERE = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
)


class Place(Protocol):
    """A destination that is open for writing."""

    async def put(self, key: str, source: Path) -> str:
        """Let the file stand under the key, whole and at once; its ETag.

        Raises:
            DeliveryBrokenError: it does not, and what stood there stands.
        """

    async def probe(self, folder: str) -> None:
        """Write an object there and remove it. Raises DeliveryBrokenError."""


class Destinations(Protocol):
    """How deliveries reach where they deliver to."""

    def open(self, delivery: Delivery, external_id: str) -> AbstractAsyncContextManager[Place]:
        """For at most a quarter of an hour. Raises DeliveryBrokenError."""


class S3Destinations:
    """Buckets in customers' AWS accounts."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    @asynccontextmanager
    async def open(self, delivery: Delivery, external_id: str) -> AsyncIterator[Place]:
        """Through a session that only our ExternalId opens."""
        try:
            session = await self._aws.assume(delivery.role_arn, external_id)
            if session is None:
                raise DeliveryBrokenError("role_refused")
            # One that opens without the secret opens for every customer of ours: whoever
            # names the bucket would write into somebody else's.
            if await self._aws.assume(delivery.role_arn, None) is not None:
                raise DeliveryBrokenError("external_id_not_required")
        except CloudSilentError:
            raise DeliveryBrokenError("no_answer") from None
        destination = delivery.terms.destination
        async with self._aws.client("s3", session, destination.region) as client:
            yield S3Place(client, destination)


class S3Place:
    """A bucket, while a session lasts."""

    def __init__(self, client: Client, destination: Bucket) -> None:
        self._client = client
        # Whoever makes a bucket of that name after the customer has deleted theirs gets nothing.
        self._in = {
            "Bucket": destination.bucket,
            "ExpectedBucketOwner": destination.account_id,
        }

    async def put(self, key: str, source: Path) -> str:
        """A large file in parts: it appears when the last has arrived."""
        place = {**self._in, "Key": key}
        with _answering():
            if (await asyncio.to_thread(source.stat)).st_size > PART:
                return await self._in_parts(place, source)
            body = await asyncio.to_thread(source.read_bytes)
            return _etag(await self._client.put_object(**place, Body=body))

    async def probe(self, folder: str) -> None:
        place = {**self._in, "Key": f"{folder}/{CHECK}"}
        with _answering():
            await self._client.put_object(**place, Body=b"")
            await self._client.delete_object(**place)

    async def _in_parts(self, place: dict[str, str], source: Path) -> str:
        upload = (await self._client.create_multipart_upload(**place))["UploadId"]
        place = {**place, "UploadId": upload}
        try:
            parts: list[dict[str, Any]] = []
            with source.open("rb") as file:
                while body := await asyncio.to_thread(file.read, PART):
                    number = len(parts) + 1
                    sent = await self._client.upload_part(**place, PartNumber=number, Body=body)
                    parts.append({"PartNumber": number, "ETag": sent["ETag"]})
            whole = {"MultipartUpload": {"Parts": parts}}
            return _etag(await self._client.complete_multipart_upload(**place, **whole))
        except BaseException:
            # What was wrong is worth more than whether the parts could be thrown away.
            with suppress(BotoCoreError, ClientError):
                await self._client.abort_multipart_upload(**place)
            raise


def _etag(answer: dict[str, Any]) -> str:
    return str(answer["ETag"]).strip('"')


@contextmanager
def _answering() -> Iterator[None]:
    """Says of whatever S3 answers what the customer can do about it."""
    try:
        yield
    except BotoCoreError:
        raise DeliveryBrokenError("no_answer") from None
    except ClientError as error:
        raise DeliveryBrokenError(_cause(error)) from None


def _cause(error: ClientError) -> Cause:
    code = code_of(error)
    if code.startswith("KMS.") or (is_denied(error) and "kms:" in str(error)):
        return "key_denied"
    if is_denied(error):
        return "access_denied"
    if code == "NoSuchBucket":
        return "bucket_missing"
    return "wrong_region" if code in _ELSEWHERE else "no_answer"
