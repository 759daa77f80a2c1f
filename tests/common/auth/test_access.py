"""What an api process remembers of access, for how long, and what makes it forget."""

from uuid import UUID, uuid4

import pytest
from tests.common.probe.authority import ORIGIN, Authority, Instant

from finops_common.auth.access import Access
from finops_common.auth.permissions import MONEY, Mine
from finops_common.errors.problem import (
    AccountDeactivated,
    EmailNotVerified,
    Forbidden,
    NotFound,
    Problem,
    Unauthenticated,
    Unavailable,
)
from finops_common.events.contract import Revoked

pytestmark = pytest.mark.req("PLAT-30")
USER, SESSION = uuid4(), uuid4()


@pytest.fixture
def clock() -> Instant:
    return Instant()


@pytest.fixture
def authority(clock: Instant) -> Authority:
    return Authority(clock)


@pytest.fixture
def access(authority: Authority) -> Access:
    return authority.access()


@pytest.fixture
def token(authority: Authority) -> str:
    return authority.token(USER, SESSION)


async def test_an_answer_is_kept_for_30_seconds_and_no_longer(
    authority: Authority, access: Access, token: str, clock: Instant
) -> None:
    await authority.enter(access, token)
    clock.passes(29.9)
    await authority.enter(access, token)
    asked_within = len(authority.asked)
    clock.passes(0.2)
    await authority.enter(access, token)

    assert (asked_within, len(authority.asked)) == (1, 2)


async def test_while_the_stream_is_silent_each_request_asks_both(
    authority: Authority, access: Access, token: str
) -> None:
    authority.silent = True
    for _ in range(3):
        await authority.enter(access, token)

    assert (len(authority.asked), authority.sessions_asked) == (3, 3)


async def test_what_was_remembered_is_not_used_once_the_stream_is_silent(
    authority: Authority, access: Access, token: str
) -> None:
    await authority.enter(access, token)
    authority.silent = True
    authority.permissions = frozenset()

    with pytest.raises(Forbidden):
        await authority.enter(access, token)


async def test_when_nobody_answers_nobody_gets_in(
    authority: Authority, access: Access, token: str
) -> None:
    await authority.enter(access, token)
    authority.silent = authority.down = True

    with pytest.raises(Unavailable) as refused:
        await authority.enter(access, token)
    with pytest.raises(Unavailable):
        await access.caller(token, Mine.VIEW, ORIGIN)

    assert refused.value.retry_after


async def test_a_session_that_ended_is_refused_while_silent(
    authority: Authority, access: Access, token: str
) -> None:
    authority.silent = True
    authority.ended.add(SESSION)

    with pytest.raises(Unauthenticated):
        await authority.enter(access, token)


@pytest.mark.parametrize("permission", sorted(MONEY))
async def test_money_always_asks(
    authority: Authority, access: Access, token: str, permission: str
) -> None:
    authority.permissions |= {permission}
    for _ in range(3):
        await authority.enter(access, token, permission)

    assert len(authority.asked) == 3


def _of_user(authority: Authority) -> Revoked:
    return Revoked(scope="user", user_ids=(USER,))


def _of_organization(authority: Authority) -> Revoked:
    return Revoked(
        scope="organization",
        organization_id=authority.organization,
        company_id=authority.company,
    )


def _of_company(authority: Authority) -> Revoked:
    return Revoked(scope="company", company_id=authority.company)


def _of_user_in_organization(authority: Authority) -> Revoked:
    return Revoked(scope="member", user_ids=(USER,), organization_id=authority.organization)


def _of_all(_: Authority) -> Revoked:
    return Revoked(scope="everything")


@pytest.mark.parametrize(
    "revoked", [_of_user, _of_organization, _of_company, _of_user_in_organization, _of_all]
)
async def test_a_revocation_drops_what_it_names_at_once(
    authority: Authority, access: Access, token: str, clock: Instant, revoked: object
) -> None:
    await authority.enter(access, token)
    authority.permissions = frozenset()

    access.revoke(revoked(authority), clock())  # type: ignore[operator] # one of the functions above

    with pytest.raises(Forbidden):
        await authority.enter(access, token)


async def test_a_revocation_of_others_drops_nothing_here(
    authority: Authority, access: Access, token: str, clock: Instant
) -> None:
    await authority.enter(access, token)

    for other in (
        Revoked(scope="user", user_ids=(uuid4(),)),
        Revoked(scope="company", company_id=uuid4()),
        Revoked(scope="organization", organization_id=uuid4(), company_id=authority.company),
        Revoked(scope="session", session_ids=(uuid4(),)),
    ):
        access.revoke(other, clock())
    await authority.enter(access, token)

    assert len(authority.asked) == 1


async def test_an_answer_asked_for_before_a_revocation_is_not_kept(
    authority: Authority, access: Access, token: str, clock: Instant
) -> None:
    authority.meanwhile = lambda: access.revoke(_of_user(authority), clock())
    await authority.enter(access, token)
    authority.meanwhile = lambda: None
    authority.permissions = frozenset()

    with pytest.raises(Forbidden):
        await authority.enter(access, token)


async def test_an_answer_during_which_the_stream_fell_silent_is_not_kept(
    authority: Authority, access: Access, token: str
) -> None:
    def fall_silent() -> None:
        authority.silent = True

    authority.meanwhile = fall_silent
    await authority.enter(access, token)
    authority.silent, authority.meanwhile = False, lambda: None
    await authority.enter(access, token)

    assert len(authority.asked) == 2


async def test_an_ended_session_stays_refused_until_its_tokens_have_expired(
    authority: Authority, access: Access, clock: Instant
) -> None:
    token = authority.token(USER, SESSION)
    other = authority.token(USER, uuid4())
    access.revoke(Revoked(scope="session", session_ids=(SESSION,)), clock())

    for _ in range(63):
        with pytest.raises(Unauthenticated):
            await authority.enter(access, token)
        if clock.now.minute < 10:
            await authority.enter(access, other)
        access.revoke(Revoked(scope="session", session_ids=(uuid4(),)), clock())
        clock.passes(10)


@pytest.mark.parametrize(
    ("status", "permissions", "verified", "problem"),
    [
        ("none", {"usage:view"}, True, NotFound),
        ("deactivated", {"usage:view"}, True, AccountDeactivated),
        ("active", {"usage:view"}, False, EmailNotVerified),
        ("active", {"usage:edit"}, True, Forbidden),
    ],
)
@pytest.mark.req("PLAT-5", part="access decides, and what is not yours looks absent")
async def test_who_may_not_is_told_what_and_no_more(
    authority: Authority,
    access: Access,
    status: str,
    permissions: set[str],
    verified: bool,
    problem: type[Problem],
) -> None:
    authority.status, authority.permissions = status, frozenset(permissions)
    token = authority.token(USER, SESSION, verified=verified)

    with pytest.raises(problem):
        await authority.enter(access, token)


async def test_the_tenant_comes_from_the_answer(
    authority: Authority, access: Access, token: str
) -> None:
    caller = await authority.enter(access, token)

    assert (caller.company_id, caller.organization_id) == (
        authority.company,
        authority.organization,
    )
    assert caller.user_id == USER
    assert isinstance(caller.session_id, UUID)
