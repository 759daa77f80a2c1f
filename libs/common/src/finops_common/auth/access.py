"""The decision for each request: token, session, membership, permission.

org-rbac's answers are kept for 30 s and dropped by revocations. While the streams are
silent nothing is remembered and everything asked; when nobody answers, nobody gets in.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from finops_common.acting import Origin
from finops_common.auth.caller import Caller
from finops_common.auth.permissions import MONEY, Mine
from finops_common.auth.tokens import ACCESS_TOKEN_LIFE, LEEWAY, Claims, TokenVerifier
from finops_common.clock import Clock
from finops_common.contracts.access import EffectiveAccess, Question
from finops_common.errors.problem import (
    AccountDeactivated,
    EmailNotVerified,
    Forbidden,
    NotFound,
    Unauthenticated,
)
from finops_common.events.contract import Revoked

KEPT = timedelta(seconds=30)
_MOST = 100_000


class Decisions(Protocol):
    """Asks org-rbac."""

    async def effective(self, question: Question) -> EffectiveAccess:
        """Raises Unavailable when there is no answer."""


class Sessions(Protocol):
    """Asks identity."""

    async def active(self, session_id: UUID) -> bool:
        """Raises Unavailable when there is no answer."""


class Access:
    """What one api process knows of access; `revoke` is fed by the RevocationFeed."""

    def __init__(
        self,
        tokens: TokenVerifier,
        sessions: Sessions,
        decisions: Decisions,
        silent: Callable[[], bool],
        clock: Clock,
        *,
        owns_sessions: bool = False,
    ) -> None:
        self._tokens = tokens
        self._owns_sessions = owns_sessions
        self._sessions = sessions
        self._decisions = decisions
        self._silent = silent
        self._clock = clock
        self._answers: OrderedDict[Question, tuple[EffectiveAccess, datetime]] = OrderedDict()
        self._ended: OrderedDict[UUID, datetime] = OrderedDict()
        self._revocations = 0

    async def caller(
        self,
        token: str,
        permission: str,
        origin: Origin,
        company_id: UUID | None = None,
        organization_id: UUID | None = None,
    ) -> Caller:
        """The caller behind `token`, if they hold `permission` in the tenant of the path.

        Raises:
            Unauthenticated: no valid token, or its session has ended.
            NotFound: the tenant is not theirs; existing and not existing look the same.
            AccountDeactivated, EmailNotVerified, Forbidden: theirs, but not allowed.
            Unavailable: nobody could be asked.
        """
        claims = await self._tokens.claims(token)
        await self._need_session(claims)
        question = Question(
            user_id=claims.user_id, company_id=company_id, organization_id=organization_id
        )
        answer = EffectiveAccess(status="active")
        if permission != Mine.PROFILE:
            answer = await self._effective(question, permission)
            _need(answer, question, permission, email_verified=claims.email_verified)
        return Caller(
            user_id=claims.user_id,
            session_id=claims.session_id,
            authenticated_at=claims.authenticated_at,
            methods=claims.methods,
            email_verified=claims.email_verified,
            origin=origin.by_user(claims.user_id),
            company_id=answer.company_id,
            organization_id=answer.organization_id,
            permissions=answer.permissions,
        )

    def revoke(self, record: Revoked, time: datetime) -> None:
        """Forget what `record` touches; ended sessions stay refused until their tokens expire."""
        self._revocations += 1
        for session_id in record.session_ids:
            self._ended[session_id] = time + ACCESS_TOKEN_LIFE + 2 * LEEWAY
        while self._ended and next(iter(self._ended.values())) < self._clock():
            self._ended.popitem(last=False)
        if record.session_ids and not record.user_ids:
            return
        gone = [question for question in self._answers if _touches(record, question, self._answers)]
        for question in gone:
            del self._answers[question]

    async def _need_session(self, claims: Claims) -> None:
        if claims.session_id in self._ended:
            raise Unauthenticated
        # identity knows at once what it tells the others: a log-out is refused there at once.
        ask = self._owns_sessions or self._silent()
        if ask and not await self._sessions.active(claims.session_id):
            raise Unauthenticated

    async def _effective(self, question: Question, permission: str) -> EffectiveAccess:
        remembered = None if permission in MONEY or self._silent() else self._answers.get(question)
        if remembered and remembered[1] > self._clock():
            return remembered[0]
        before = self._revocations
        answer = await self._decisions.effective(question)
        # An answer asked for before a revocation arrived may be from before it too.
        # Refusals are not kept: who is let in should not wait.
        kept = answer.status == "active" and before == self._revocations
        if kept and not self._silent():
            self._answers[question] = (answer, self._clock() + KEPT)
            if len(self._answers) > _MOST:
                self._answers.popitem(last=False)
        return answer


def _touches(
    record: Revoked,
    question: Question,
    answers: OrderedDict[Question, tuple[EffectiveAccess, datetime]],
) -> bool:
    if record.user_ids and question.user_id not in record.user_ids:
        return False
    answer = answers[question][0]
    if answer.company_id is None:
        return True  # about a user as a whole, or a refusal: cheap to ask again
    if record.organization_id and answer.organization_id not in {None, record.organization_id}:
        return False
    return record.company_id in {None, answer.company_id}


def _need(
    answer: EffectiveAccess, question: Question, permission: str, *, email_verified: bool
) -> None:
    tenant = question.organization_id or question.company_id
    if tenant and answer.status == "none":
        raise NotFound
    if answer.status == "deactivated":
        raise AccountDeactivated
    if permission in set(Mine):
        return
    if not email_verified:
        raise EmailNotVerified
    if permission not in answer.permissions:
        raise Forbidden(permission=permission)
