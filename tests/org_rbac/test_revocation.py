"""Each loss is in force within a second, in the service that decides and in another one."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx
import pytest

from finops_sandbox.visitor import Visitor

SOON = 1.0


async def seconds_until(status: int, ask: Callable[[], Awaitable[httpx.Response]]) -> float:
    """How long until `ask` answers `status`; at most 5 s."""
    started = time.monotonic()
    while time.monotonic() - started < 5:
        if (await ask()).status_code == status:
            return time.monotonic() - started
        await asyncio.sleep(0.01)
    raise AssertionError(f"never answered {status}")


@pytest.mark.req("PLAT-30")
@pytest.mark.req("ORG-24", part="without groups and keys")
async def test_who_is_removed_is_refused_within_a_second(firm) -> None:
    assert (await firm.bob.ask("GET", firm.members)).status_code == 200

    await firm.ada.ask("DELETE", f"{firm.members}/{firm.bob.user_id}", expect=204)

    assert await seconds_until(404, lambda: firm.bob.ask("GET", firm.members)) < SOON


@pytest.mark.req("PLAT-30")
@pytest.mark.req("ID-7")
async def test_who_is_deactivated_is_refused_within_a_second_elsewhere(firm) -> None:
    assert (await firm.bob.ask("GET", "/identity/v1/me/sessions")).status_code == 200
    status = f"{firm.company_members}/{firm.bob.user_id}/status"

    await firm.ada.ask("PUT", status, {"status": "deactivated"}, expect=204)

    here = await seconds_until(403, lambda: firm.bob.ask("GET", firm.members))
    elsewhere = await seconds_until(403, lambda: firm.bob.ask("GET", "/identity/v1/me/sessions"))
    assert here + elsewhere < SOON


@pytest.mark.req("PLAT-30")
@pytest.mark.req("ID-12")
async def test_who_logs_out_is_refused_within_a_second_elsewhere(firm) -> None:
    assert (await firm.bob.ask("GET", firm.members)).status_code == 200

    await firm.bob.ask("DELETE", "/identity/v1/sessions/current", expect=204)

    assert await seconds_until(401, lambda: firm.bob.ask("GET", firm.members)) < SOON


@pytest.mark.req("PLAT-30")
async def test_a_deleted_organization_refuses_everybody_within_a_second(firm) -> None:
    people: list[Visitor] = [firm.ada, firm.bob]
    for person in people:
        assert (await person.ask("GET", firm.members)).status_code == 200
    deletion = f"/org-rbac/v1/companies/{firm.company}/organizations/{firm.platform}/deletion"

    await firm.ada.ask("POST", deletion, {"name": "Platform"}, expect=204)

    for person in people:
        assert (
            await seconds_until(404, lambda person=person: person.ask("GET", firm.members)) < SOON
        )


@pytest.mark.req("PLAT-30")
async def test_who_gains_a_role_has_it_at_once(firm) -> None:
    path = f"/org-rbac/v1/organizations/{firm.payments}/members"
    assert (await firm.dee.ask("GET", path)).status_code == 404

    await firm.ada.invite(
        firm.company, firm.dee, roles=[{"organization_id": firm.payments, "role": "admin"}]
    )

    assert await seconds_until(200, lambda: firm.dee.ask("GET", path)) < SOON
