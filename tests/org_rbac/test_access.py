"""Who may do what where, and why."""

import asyncio
import itertools
import uuid
from collections.abc import Callable

import httpx
import pytest

from finops_common.auth.permissions import PERMISSIONS
from finops_common.contracts.access import Question
from finops_common.contracts.billing import NO_SUBSCRIPTION, allows
from finops_common.testing.services import House
from finops_org_rbac.access.domain import GRANTS, STANDING, may_change
from finops_org_rbac.access.service import AccessService
from finops_sandbox.visitor import Visitor


@pytest.mark.req("ORG-21")
async def test_who_belongs_to_none_sees_no_company(arrive) -> None:
    newcomer: Visitor = await arrive()

    mine = await newcomer.get("/org-rbac/v1/me/access")

    assert mine == {"user_id": newcomer.user_id, "companies": []}


@pytest.mark.req("ORG-21")
async def test_a_person_has_another_role_in_each_organization(firm) -> None:
    roles = [{"organization_id": firm.payments, "role": "admin"}]
    await firm.ada.invite(firm.company, firm.dee, roles=roles)

    mine = await firm.dee.get("/org-rbac/v1/me/access")

    reached = {o["id"]: o["role"] for o in mine["companies"][0]["organizations"]}
    assert reached == {firm.platform: "member", firm.payments: "admin"}


@pytest.mark.req("ORG-33")
@pytest.mark.req("BILL-13", part="org-rbac shows the table")
async def test_my_access_says_what_the_edition_allows(firm, people: House) -> None:
    from finops_billing.main import SERVICE as BILLING  # noqa: PLC0415 - one test needs it

    await people.start(BILLING)
    before = (await firm.dee.get("/org-rbac/v1/me/access"))["companies"][0]["entitlements"]
    subscriptions = f"/billing/v1/companies/{firm.company}/subscriptions"
    for _ in range(100):
        begun = await firm.ada.ask("POST", subscriptions, {"edition": "trial"})
        # billing started a moment ago: it may not have heard of the company yet.
        if begun.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        await asyncio.sleep(0.1)
    assert begun.status_code == httpx.codes.CREATED, begun.text

    for _ in range(100):
        after = (await firm.dee.get("/org-rbac/v1/me/access"))["companies"][0]["entitlements"]
        if after != before:
            break
        await asyncio.sleep(0.05)

    assert set(before) == NO_SUBSCRIPTION
    assert set(after) == allows("trial", "trialing")


@pytest.mark.req("ORG-33")
async def test_my_access_lists_the_menus_a_frontend_shows(firm) -> None:
    mine = await firm.dee.get("/org-rbac/v1/me/access")

    organization = mine["companies"][0]["organizations"][0]
    menus = {menu["menu"]: menu["level"] for menu in organization["menus"]}
    assert menus["commitments"] == "view"
    assert menus["support"] == "edit"
    assert "members" not in menus
    assert "billing" not in menus


@pytest.mark.req("ORG-10")
@pytest.mark.parametrize(
    ("role", "holds", "lacks"),
    [
        ("owner", {"billing:edit", "roles:edit", "cloud-accounts:detach"}, set()),
        (
            "admin",
            {"members:edit", "cloud-accounts:register", "commitments:view"},
            {"cloud-accounts:detach", "roles:edit", "billing:view", "policies:edit"},
        ),
        ("read_write", {"cloud-accounts:register"}, {"members:edit", "members:invite"}),
        ("member", {"usage:view", "commitments:view"}, {"autosavings:plan", "members:view"}),
    ],
)
def test_a_role_holds_what_it_should(role: str, holds: set[str], lacks: set[str]) -> None:
    granted = GRANTS[role]

    assert holds <= granted
    assert not lacks & granted
    assert granted <= PERMISSIONS


def test_a_higher_standing_holds_all_that_a_lower_one_does() -> None:
    ranked = sorted(STANDING, key=lambda role: STANDING[role])

    for lower, higher in itertools.pairwise(ranked):
        assert GRANTS[lower] <= GRANTS[higher]


@pytest.mark.req("ORG-12")
@pytest.mark.parametrize("actor", [None, "member", "read_write", "admin", "owner"])
@pytest.mark.parametrize("subject", [None, "member", "read_write", "admin", "owner"])
@pytest.mark.parametrize("wanted", [None, "member", "read_write", "admin", "owner"])
def test_nobody_changes_or_gives_more_than_they_are(actor, subject, wanted) -> None:
    allowed = may_change(actor, subject, wanted)

    administers = actor in {"admin", "owner"}
    above = any(STANDING[role] > STANDING[actor or "member"] for role in (subject, wanted) if role)
    assert allowed is (administers and not above)


@pytest.mark.req("ORG-13")
@pytest.mark.req("ORG-31", part="without groups, policies and scopes")
@pytest.mark.parametrize("permission", ["commitments:view", "members:edit", "billing:edit"])
async def test_explaining_says_what_deciding_says(firm, people: House, permission: str) -> None:
    access = AccessService(people.running["org-rbac"].database)
    asked = f"/org-rbac/v1/organizations/{firm.platform}/explain"

    for person in (firm.ada, firm.bob, firm.cem, firm.dee):
        path = f"{asked}?user_id={person.user_id}&permission={permission}"
        told = await firm.bob.get(path)
        decided = await access.effective(
            Question(user_id=person.user_id, organization_id=firm.platform, permission=permission)
        )
        assert told["allowed"] is decided.allowed
        assert told["chain"][0] == "status:active"
        assert any(permission in link for link in told["chain"])


@pytest.mark.req("ORG-13")
async def test_explaining_names_a_deactivation(firm) -> None:
    await firm.ada.ask(
        "PUT",
        f"{firm.company_members}/{firm.dee.user_id}/status",
        {"status": "deactivated"},
        expect=204,
    )

    told = await firm.ada.get(
        f"/org-rbac/v1/organizations/{firm.platform}/explain?user_id={firm.dee.user_id}&permission=usage:view"
    )

    assert told["allowed"] is False
    assert told["chain"][0] == "status:deactivated"


@pytest.mark.req("ORG-32", part="the answers; the time is a benchmark's")
async def test_services_ask_many_questions_at_once(firm, people: House, service_token) -> None:
    ask: Callable[..., object] = service_token
    questions = [
        {"user_id": firm.dee.user_id, "organization_id": firm.platform, "permission": "usage:view"},
        {"user_id": firm.dee.user_id, "organization_id": firm.platform, "permission": "roles:edit"},
        {
            "user_id": str(uuid.uuid4()),
            "organization_id": firm.platform,
            "permission": "usage:view",
        },
        {"user_id": firm.ada.user_id, "company_id": firm.company},
    ]

    answer = await people.http.post(
        people.url("org-rbac") + "/internal/decisions",
        json={"questions": questions},
        headers={"Authorization": f"Bearer {ask('billing', 'org-rbac')}"},
    )

    answers = answer.json()["answers"]
    assert [a["allowed"] for a in answers] == [True, False, False, None]
    assert answers[3]["roles"] == ["owner"]


@pytest.mark.req("PLAT-5", part="internal routes")
async def test_internal_routes_take_service_tokens_only(firm, people: House, service_token) -> None:
    url = people.url("org-rbac") + "/internal/decisions"
    body = {"questions": []}

    for token in (firm.ada.token, service_token("billing", "identity"), "nonsense", None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        assert (await people.http.post(url, json=body, headers=headers)).status_code == 401


@pytest.mark.req("ORG-11", part="the vocabulary")
async def test_the_vocabulary_has_names_in_three_languages(arrive) -> None:
    ada: Visitor = await arrive()

    items = (await ada.get("/org-rbac/v1/permissions"))["items"]

    assert {item["permission"] for item in items} == PERMISSIONS
    assert all(
        set(item["names"]) == {"en", "ko", "ja"} and all(item["names"].values()) for item in items
    )
