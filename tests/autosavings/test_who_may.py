"""Who may see and do what; for strangers an organization does not exist."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from tests.autosavings.conftest import Saver

from finops_common.acting import Acting
from finops_common.db import scopes
from finops_common.testing.services import Running
from finops_sandbox.visitor import Visitor

Arrive = Callable[..., Awaitable[Visitor]]
SEEING = ("/activations", "/policy", "/kill-switch", "/plans")
EDITING: tuple[tuple[str, str, object], ...] = (
    ("POST", "/activations", {"cloud_account_id": str(uuid4())}),
    ("DELETE", f"/activations/{uuid4()}", None),
    ("PUT", "/policy", {}),
    ("PUT", "/kill-switch", {"stopped": True}),
)


async def invited(saver: Saver, arrive: Arrive, role: str) -> Visitor:
    guest = await arrive()
    roles = [{"organization_id": str(saver.organization_id), "role": role}]
    await saver.owner.invite(saver.company_id, guest, roles=roles)
    return guest


@pytest.mark.req("PLAT-5", part="autosavings' routes")
async def test_a_stranger_finds_nothing(
    saver: Saver, arrive: Arrive, visitor: Callable[..., Visitor]
) -> None:
    stranger = await arrive()
    plan = (await saver.plan())["id"]
    paths = [*SEEING, f"/plans/{plan}", f"/plans/{plan}/comparison"]
    calls = [*(("GET", path, None) for path in paths), ("POST", "/plans", None), *EDITING]

    for method, path, body in calls:
        assert (await saver.ask(method, path, body, by=visitor())).status_code == 401, path
        assert (await saver.ask(method, path, body, by=stranger)).status_code == 404, path


@pytest.mark.req("PLAT-5", part="autosavings' routes")
async def test_a_member_sees_a_read_writer_plans_and_neither_edits(
    saver: Saver, arrive: Arrive
) -> None:
    member = await invited(saver, arrive, "member")
    writer = await invited(saver, arrive, "read_write")

    for path in SEEING:
        assert (await saver.ask("GET", path, by=member)).status_code == 200, path
    assert (await saver.ask("POST", "/plans", by=member)).status_code == 403
    assert (await saver.ask("POST", "/plans", by=writer)).status_code == 201
    for method, path, body in EDITING:
        for person in (member, writer):
            refused = await saver.ask(method, path, body, by=person)
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), path


@pytest.mark.req("PLAT-5", part="another tenant's plans")
async def test_a_plan_of_another_organization_does_not_exist(saver: Saver, arrive: Arrive) -> None:
    plan = (await saver.plan())["id"]
    second = await saver.owner.open_organization(saver.company_id, "Second")
    base = f"/autosavings/v1/organizations/{second}/plans/{plan}"

    for path in (base, f"{base}/comparison"):
        assert (await saver.owner.ask("GET", path)).status_code == 404


@pytest.mark.req("PLAT-20", part="autosavings' tables")
async def test_rows_of_another_organization_are_hidden_by_the_database_itself(
    saver: Saver, autosavings: Running
) -> None:
    await saver.plan()
    await saver.ask("PUT", "/policy", {"hour": 3})
    elsewhere = Acting(scopes.organization(uuid4(), uuid4()))

    async with autosavings.database.transaction(elsewhere) as tx:
        for table in ("subscriptions", "activations", "policies", "kill_switches", "plans"):
            result = await tx.connection.exec_driver_sql(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own names
            assert result.scalar() == 0, table
