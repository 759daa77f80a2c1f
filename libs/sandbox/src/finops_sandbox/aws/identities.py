"""Roles that customers made, the platform's own keys, and sessions our STS has issued."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex, token_urlsafe

from finops_sandbox.aws.errors import AwsError
from finops_sandbox.aws.policies import Policy, as_list, conditions_hold, evaluate, statements

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Role:
    """A role with its trust and what it may do."""

    account: str
    name: str
    path: str
    trust: Policy
    policies: tuple[Policy, ...]
    max_session_seconds: int = 3600

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:role{self.path}{self.name}"


@dataclass(frozen=True)
class Caller:
    """A long-lived key of the platform: who signs AssumeRole."""

    access_key: str
    secret: str
    arn: str

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]


PLATFORM = Caller("AKIAPLATFORM", "platform-secret", "arn:aws:iam::999988887777:user/finops")
"""Trusted by customers' roles, allowed nothing itself."""


@dataclass(frozen=True)
class Session:
    """Short-lived credentials of an assumed role, narrowed by a session policy if given."""

    access_key: str
    secret: str
    token: str
    role_arn: str
    name: str
    expires_at: datetime
    policy: Policy | None

    @property
    def account(self) -> str:
        return self.role_arn.split(":")[4]

    @property
    def arn(self) -> str:
        role = self.role_arn.rsplit("/", 1)[-1]
        return f"arn:aws:sts::{self.account}:assumed-role/{role}/{self.name}"


@dataclass
class Identities:
    """Everything that can sign or be assumed, and what it may do."""

    callers: Mapping[str, Caller]
    clock: Clock = system_clock
    roles: dict[str, Role] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)

    def assume(
        self,
        caller: Caller | Session,
        role_arn: str,
        name: str,
        seconds: int,
        external_id: str | None,
        policy: Policy | None,
    ) -> Session:
        """Issue a session if the role exists and trusts the caller with that ExternalId.

        Raises:
            AwsError: AccessDenied, with the same words whatever the reason, as AWS does.
        """
        role = self.roles.get(role_arn)
        context = {} if external_id is None else {"sts:ExternalId": external_id}
        if role is None or not _trusts(role.trust, caller.arn, caller.account, context):
            words = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole"
            raise AwsError("AccessDenied", f"{words} on resource: {role_arn}", 403)
        if not 900 <= seconds <= role.max_session_seconds:
            words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role"
            raise AwsError("ValidationError", words)
        session = Session(
            access_key=f"ASIA{token_hex(8).upper()}",
            secret=token_urlsafe(30),
            token=token_urlsafe(96),
            role_arn=role_arn,
            name=name,
            expires_at=self.clock() + timedelta(seconds=seconds),
            policy=policy,
        )
        self.sessions[session.access_key] = session
        return session

    def may(
        self,
        session: Session,
        action: str,
        resource: str,
        context: Mapping[str, str] | None = None,
    ) -> bool:
        """Whether the session's role, and its session policy, allow the action now.

        `context` holds the condition keys of the request beside those of the caller.
        """
        role = self.roles.get(session.role_arn)
        if role is None:
            return False
        known = {
            "aws:PrincipalAccount": session.account,
            "aws:PrincipalArn": session.role_arn,
            "aws:ResourceAccount": session.account,
            **(context or {}),
        }
        asked = [role.policies] if session.policy is None else [role.policies, (session.policy,)]
        return all(evaluate(policies, action, resource, known) == "allowed" for policies in asked)


def _trusts(trust: Policy, arn: str, account: str, context: Mapping[str, str]) -> bool:
    names = {"*", arn, account, f"arn:aws:iam::{account}:root", _role_of(arn)}
    for effect in ("Deny", "Allow"):
        applies = any(
            statement["Effect"] == effect
            and "sts:AssumeRole" in as_list(statement.get("Action", []))
            and _names_one(statement.get("Principal", {}), names)
            and conditions_hold(statement, context, unknown=effect == "Deny")
            for statement in statements([trust])
        )
        if applies:
            return effect == "Allow"
    return False


def _names_one(principal: object, names: set[str]) -> bool:
    if isinstance(principal, dict):
        return not names.isdisjoint(as_list(principal.get("AWS", [])))
    return principal == "*"


def _role_of(arn: str) -> str:
    """The role behind an assumed-role session, else the ARN itself."""
    kind, _, rest = arn.partition(":assumed-role/")
    if not rest:
        return arn
    return f"{kind.replace(':sts:', ':iam:')}:role/{rest.split('/')[0]}"
