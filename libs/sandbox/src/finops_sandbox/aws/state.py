"""What the simulator knows: worlds by account, identities, stacks, planned faults."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from finops_sandbox.aws.errors import AwsError
from finops_sandbox.aws.faults import Faults
from finops_sandbox.aws.identities import Caller, Identities, Session
from finops_sandbox.aws.templates import Stack
from finops_sandbox.world import World


@dataclass(frozen=True)
class Ownership:
    """Whose a bucket is; `open`: its policy lets everybody in, whatever they may elsewhere."""

    account: str
    open: bool = False


@dataclass
class State:
    worlds: Sequence[World]
    identities: Identities
    faults: Faults = field(default_factory=Faults)
    stacks: dict[tuple[str, str], Stack] = field(default_factory=dict)
    buckets: dict[str, Ownership] = field(default_factory=dict)
    """Of others nothing is known: they let in whom a role's policies let in."""

    def world_of(self, account: str) -> World:
        """The world an account lives in.

        Raises:
            AwsError: no world has the account.
        """
        for world in self.worlds:
            if account in {known.id for known in world.accounts}:
                return world
        raise AwsError("AccessDenied", f"No simulated organization has account {account}", 403)


@dataclass(frozen=True)
class Call:
    """One authenticated call: who, where, what."""

    state: State
    caller: Caller | Session
    region: str
    parameters: dict[str, Any]

    @property
    def account(self) -> str:
        return self.caller.account

    @property
    def world(self) -> World:
        return self.state.world_of(self.account)


Operation = Callable[[Call], dict[str, Any]]


def page(
    items: Sequence[Any], token: str | None, limit: int | None, most: int
) -> tuple[list[Any], str | None]:
    """One page of items and the token of the next, None after the last.

    Raises:
        AwsError: the token is not one of ours.
    """
    if token is not None and not token.isdigit():
        raise AwsError("InvalidNextToken", "The token is not valid")
    start = int(token or 0)
    end = start + min(limit or most, most)
    return list(items[start:end]), str(end) if end < len(items) else None
