"""Faults on request: what a named operation does wrong the next times it is called."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from finops_sandbox.aws.errors import AwsError, refusal
from finops_sandbox.aws.protocol import Answer

Failure = Literal["throttle", "error", "hang", "vanish"]
"""The call fails, hangs before it goes on, or finds no such object."""
Spoiled = Literal["change", "short", "reset", "slow"]
"""An object's content: of another version; cut, as if it ended there; cut off; dribbling."""
Kind = Failure | Spoiled

PIECES = 40
"""In which a slow body comes."""


@dataclass
class Fault:
    """`times` calls of service.operation go wrong, of S3 those whose key ends in `key`.

    `seconds` is how long a hang or a slow body lasts.
    """

    service: str
    operation: str
    kind: Kind
    times: int = 1
    seconds: float = 30.0
    key: str = ""


@dataclass
class Faults:
    planned: list[Fault] = field(default_factory=list)

    def take(self, service: str, operation: str, key: str = "") -> Fault | None:
        """The fault this call meets, used up by one; None: the call goes well."""
        for fault in self.planned:
            named = (fault.service, fault.operation) == (service, operation)
            if named and key.endswith(fault.key) and fault.times > 0:
                fault.times -= 1
                return fault
        return None


@dataclass(frozen=True)
class SpoiledAnswer:
    """An answer whose body does not come as its headers say, or not soon."""

    answer: Answer
    fault: Fault

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as the wire sees it; that of a reset ends before its length."""
        body = self.answer.body
        if self.fault.kind == "reset":
            yield body[: len(body) // 2]
            return
        size = -(-len(body) // PIECES) or 1
        for start in range(0, len(body), size):
            await asyncio.sleep(self.fault.seconds / PIECES)
            yield body[start : start + size]


async def meet(fault: Fault | None, protocol: str) -> None:
    """What happens to a call before it is answered.

    Raises:
        AwsError: it is refused.
    """
    if fault is None:
        return
    words = f"on request of {fault.service}:{fault.operation}"
    if fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
    elif fault.kind == "throttle":
        raise refusal("throttle", protocol, f"throttle {words}")
    elif fault.kind == "error":
        raise refusal("internal", protocol, f"internal {words}")
    elif fault.kind == "vanish":
        raise AwsError("NoSuchKey", f"The specified key does not exist, {words}", 404)


def spoil(answer: Answer, fault: Fault | None, asked: Mapping[str, str]) -> Answer | SpoiledAnswer:
    """What becomes of a found object; `asked` are the request's headers.

    Raises:
        AwsError: it has changed, and only the version named by If-Match was wanted.
    """
    if fault is None or answer.status >= 300:
        return answer
    if fault.kind in {"reset", "slow"}:
        return SpoiledAnswer(answer, fault)
    # Of what is not the stored bytes, the stored checksum is not sent either.
    kept = {
        name: text
        for name, text in answer.headers.items()
        if not name.lower().startswith("x-amz-checksum-")
    }
    if fault.kind == "short":
        return replace(answer, body=answer.body[: len(answer.body) // 2], headers=kept)
    if fault.kind == "change":
        if "if-match" in asked:
            raise AwsError("PreconditionFailed", "The object has another ETag by now", 412)
        body = answer.body[::-1]
        etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        kept = {name: text for name, text in kept.items() if name.lower() != "etag"}
        return replace(answer, body=body, headers={**kept, "ETag": etag})
    return answer
