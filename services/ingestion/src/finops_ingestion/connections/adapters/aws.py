"""AWS for ingestion: the one module that knows aioboto3; it hands out clients only."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aioboto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from finops_ingestion.connections.domain import (
    CloudSilentError,
    ConnectionBrokenError,
    Credentials,
    probe_role,
)

T = TypeVar("T")
Client = Any
"""Of aioboto3, which has no types."""

SESSION_S = 900
"""The shortest AWS gives; nothing of a session is ever stored."""

_CONFIG = Config(
    retries={"total_max_attempts": 2, "mode": "standard"}, connect_timeout=5, read_timeout=20
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_REGION_OFF = frozenset(
    {"AuthFailure", "OptInRequired", "InvalidClientTokenId", "UnrecognizedClientException"}
)
"""What EC2 answers in regions that the customer has not switched on, and other services do."""
_REGIONS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Session:
    """A role's short-lived keys; they live no longer than the task that holds them."""

    role_arn: str
    keys: Mapping[str, str] = field(repr=False)


class Aws:
    """Sessions of customers' roles, and clients with them."""

    def __init__(
        self, region: str, endpoint_url: str | None, access_key: str | None, secret: str | None
    ) -> None:
        self._region = region
        self._endpoint = endpoint_url
        self._own = (
            {"aws_access_key_id": access_key, "aws_secret_access_key": secret} if access_key else {}
        )
        # Where nothing is encrypted, no client needs the certificates, which take long to read.
        self._verify = not (endpoint_url or "").startswith("http://")
        # One per process: each keeps its own copy of the service models it has read.
        self._factory = aioboto3.Session()

    @asynccontextmanager
    async def client(
        self, service: str, session: Session | None = None, region: str | None = None
    ) -> AsyncIterator[Client]:
        """A client of one service, with a role's session or as the platform itself."""
        async with self._factory.client(
            service,
            region_name=region or self._region,
            endpoint_url=self._endpoint,
            verify=self._verify,
            config=_CONFIG,
            **(session.keys if session else self._own),
        ) as client:
            yield client

    async def regions(self, service: str) -> list[str]:
        """The regions of the standard partition that the SDK knows for a service."""
        return list(await self._factory.get_available_regions(service))

    async def assume(self, role_arn: str, external_id: str | None) -> Session | None:
        """A session of 15 minutes; None when AWS refuses it.

        Raises:
            CloudSilentError: AWS did not answer.
        """
        wanted = {"RoleArn": role_arn, "RoleSessionName": "finops", "DurationSeconds": SESSION_S}
        if external_id is not None:
            wanted["ExternalId"] = external_id
        with answering():
            try:
                async with self.client("sts") as sts:
                    given = (await sts.assume_role(**wanted))["Credentials"]
            except ClientError as error:
                if is_denied(error):
                    return None
                raise
        return Session(
            role_arn,
            {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            },
        )

    async def open(self, credentials: Credentials, tag: str, *, known: bool) -> Session:
        """A session that only our ExternalId opens, in the account it must be in.

        `known`: whether the role has worked before.

        Raises:
            ConnectionBrokenError: there is none, and why.
            CloudSilentError: AWS did not answer.
        """
        session = await self.assume(credentials.role_arn, credentials.external_id)
        if session is None:
            raise await self._why(credentials, tag, known=known)
        # A role that opens without our secret opens for every customer of ours: whoever
        # names it would read somebody else's account.
        if await self.assume(credentials.role_arn, None) is not None:
            raise ConnectionBrokenError("external_id_not_required")
        with answering():
            async with self.client("sts", session) as sts:
                account_id = (await sts.get_caller_identity())["Account"]
        if account_id != credentials.account_id:
            raise ConnectionBrokenError("wrong_account")
        return session

    async def _why(
        self, credentials: Credentials, tag: str, *, known: bool
    ) -> ConnectionBrokenError:
        probe = await self.assume(probe_role(credentials.account_id, tag), tag)
        if probe is None:
            return ConnectionBrokenError("role_missing" if known else "stack_not_finished")
        with answering():
            async with self.client("iam", probe) as iam:
                try:
                    await iam.simulate_principal_policy(
                        PolicySourceArn=credentials.role_arn, ActionNames=["sts:GetCallerIdentity"]
                    )
                except ClientError as error:
                    if is_denied(error) or code_of(error) == "NoSuchEntity":
                        return ConnectionBrokenError("role_missing")
                    raise
        return ConnectionBrokenError("external_id_wrong")


@contextmanager
def answering() -> Iterator[None]:
    """Turns every failure that says nothing about the customer into CloudSilentError.

    Throttling, outages, a wrong key of our own: the caller has handled what means more.
    """
    try:
        yield
    except BotoCoreError as error:
        raise CloudSilentError(type(error).__name__) from None
    except ClientError as error:
        raise CloudSilentError(code_of(error)) from None


def code_of(error: ClientError) -> str:
    """The error's code as AWS spells it."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_denied(error: ClientError) -> bool:
    """Whether a right is missing."""
    return code_of(error) in _DENIED


async def in_open_regions(
    regions: Sequence[str], ask: Callable[[str], Awaitable[list[T]]]
) -> list[T]:
    """What each region answers, in order; closed ones have nothing, unless all are.

    Raises:
        ClientError: one failed for another reason, or none answered.
    """
    limit = asyncio.Semaphore(_REGIONS_AT_ONCE)

    async def limited(region: str) -> list[T]:
        async with limit:
            return await ask(region)

    answers = await asyncio.gather(*map(limited, regions), return_exceptions=True)
    found: list[T] = []
    closed: list[BaseException] = []
    for answer in answers:
        if not isinstance(answer, BaseException):
            found += answer
        # A company's own policy may close single regions; nothing is owned there.
        elif isinstance(answer, ClientError) and (
            is_denied(answer) or code_of(answer) in _REGION_OFF
        ):
            closed.append(answer)
        else:
            raise answer
    if closed and len(closed) == len(answers):
        raise closed[-1]
    return found


async def pages(
    call: Any,  # noqa: ANN401 - a method of an untyped client
    token: str = "NextToken",  # noqa: S107 - the name of a field
    **given: Any,  # noqa: ANN401 - what the operation takes
) -> AsyncIterator[dict[str, Any]]:
    """Every page of an operation that answers and takes the same token."""
    answer = await call(**given)
    yield answer
    while answer.get(token):
        answer = await call(**given, **{token: answer[token]})
        yield answer
