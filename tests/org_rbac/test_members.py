"""Members: listing, roles, standing, leaving."""

import asyncio

import pytest

from finops_sandbox.visitor import Visitor


@pytest.mark.req("ORG-20", part="without groups; the time is a benchmark's")
async def test_the_list_is_searched_filtered_sorted_and_paged(firm) -> None:
    ada = firm.ada

    by_name = await ada.get(f"{firm.members}?sort=-name&limit=3")
    rest = await ada.get(f"{firm.members}?sort=-name&limit=3&cursor={by_name['next_cursor']}")
    # With an m: their addresses hold random hexadecimal digits.
    searched = await ada.get(f"{firm.members}?search=CEM")
    admins = await ada.get(f"{firm.members}?role=admin")
    cut = await ada.get(f"{firm.members}?fields=name,role&sort=name")

    assert [m["name"] for m in by_name["items"] + rest["items"]] == ["Dee", "Cem", "Bob", "Ada"]
    assert rest["next_cursor"] is None
    assert [m["name"] for m in searched["items"]] == ["Cem"]
    assert [m["name"] for m in admins["items"]] == ["Bob"]
    assert cut["items"][0] == {"name": "Ada", "role": "owner"}


@pytest.mark.req("ORG-20", part="without groups; the time is a benchmark's")
async def test_a_row_says_what_people_look_for(firm) -> None:
    for _ in range(50):
        row = (await firm.ada.get(f"{firm.members}?search={firm.dee.email}"))["items"][0]
        if row["last_login_at"]:
            break
        await asyncio.sleep(0.1)

    assert row["email"] == firm.dee.email
    assert (row["role"], row["status"], row["mfa"]) == ("member", "active", False)
    assert row["organizations"] == [
        {"organization_id": firm.platform, "name": "Platform", "role": "member"}
    ]
    assert row["last_login_at"] is not None


@pytest.mark.req("ID-5", part="the name in member lists")
async def test_a_changed_name_shows_within_two_seconds(firm) -> None:
    await firm.dee.ask("PATCH", "/identity/v1/me", {"full_name": "Dee Dee"}, expect=200)

    for _ in range(20):
        names = [m["name"] for m in (await firm.ada.get(firm.members))["items"]]
        if "Dee Dee" in names:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(names)


@pytest.mark.req("ORG-12")
async def test_an_admin_changes_equals_and_lower_up_to_their_own_role(firm) -> None:
    bob, path = firm.bob, firm.members

    raised = await bob.ask("PUT", f"{path}/{firm.dee.user_id}/role", {"role": "admin"})
    owner = await bob.ask("PUT", f"{path}/{firm.ada.user_id}/role", {"role": "member"})
    unknown = await bob.ask("PUT", f"{path}/{firm.dee.user_id}/role", {"role": "owner"})
    helpless = await firm.cem.ask("PUT", f"{path}/{firm.dee.user_id}/role", {"role": "member"})

    assert raised.status_code == 204
    assert (owner.status_code, owner.json()["code"]) == (403, "standing-too-high")
    assert unknown.status_code == 422
    assert (helpless.status_code, helpless.json()["code"]) == (403, "forbidden")


@pytest.mark.req("ORG-12")
async def test_only_an_owner_makes_and_unmakes_an_owner(firm) -> None:
    path = f"{firm.company_members}/{firm.bob.user_id}/standing"

    by_admin = await firm.bob.ask("PUT", path, {"owner": True})
    await firm.ada.ask("PUT", path, {"owner": True, "reason": "second Owner"}, expect=204)
    nameless = await firm.ada.ask("PUT", path, {"owner": False})
    roles = [{"organization_id": firm.payments, "role": "member"}]
    await firm.ada.ask("PUT", path, {"owner": False, "roles": roles}, expect=204)

    assert by_admin.status_code == 403
    assert nameless.json()["code"] == "roles-needed"
    mine = await firm.bob.get("/org-rbac/v1/me/access")
    assert [(o["id"], o["role"]) for o in mine["companies"][0]["organizations"]] == [
        (firm.payments, "member")
    ]


@pytest.mark.req("ORG-12")
async def test_the_last_owner_stays(firm) -> None:
    ada, me = firm.ada, f"{firm.company_members}/{firm.ada.user_id}"
    roles = [{"organization_id": firm.platform, "role": "admin"}]

    answers = [
        await ada.ask("DELETE", me),
        await ada.ask("PUT", f"{me}/standing", {"owner": False, "roles": roles}),
        await ada.ask("PUT", f"{me}/status", {"status": "deactivated"}),
    ]

    assert {(a.status_code, a.json()["code"]) for a in answers} == {(409, "last-owner")}


@pytest.mark.req("ORG-12")
async def test_two_owners_who_remove_each_other_leave_one(firm) -> None:
    await firm.ada.ask(
        "PUT", f"{firm.company_members}/{firm.bob.user_id}/standing", {"owner": True}, expect=204
    )

    answers = await asyncio.gather(
        firm.ada.ask("DELETE", f"{firm.company_members}/{firm.bob.user_id}"),
        firm.bob.ask("DELETE", f"{firm.company_members}/{firm.ada.user_id}"),
    )

    assert min(a.status_code for a in answers) == 204
    assert sorted(a.status_code for a in answers)[1] in {403, 404, 409}
    survivor = firm.ada if answers[0].status_code == 204 else firm.bob
    owners = await survivor.get(f"{firm.company_members}?role=owner")
    assert len(owners["items"]) == 1


@pytest.mark.req("ORG-24", part="without groups and keys")
async def test_removal_from_an_organization_leaves_the_account(firm) -> None:
    await firm.bob.ask("DELETE", f"{firm.members}/{firm.dee.user_id}?reason=moved", expect=204)

    mine = await firm.dee.get("/org-rbac/v1/me/access")

    assert mine["companies"][0]["organizations"] == []
    assert (await firm.dee.ask("GET", "/identity/v1/me")).status_code == 200


@pytest.mark.req("ORG-24", part="without groups and keys")
@pytest.mark.req("ID-7")
async def test_who_is_deactivated_reads_the_profile_and_nothing_else(firm) -> None:
    path = f"{firm.company_members}/{firm.dee.user_id}/status"
    await firm.ada.ask("PUT", path, {"status": "deactivated"}, expect=204)
    await firm.dee.log_in()

    profile = await firm.dee.ask("GET", "/identity/v1/me")
    refused = [
        await firm.dee.ask("PATCH", "/identity/v1/me", {"full_name": "X"}),
        await firm.dee.ask("GET", "/identity/v1/me/sessions"),
        await firm.dee.ask("GET", "/org-rbac/v1/me/access"),
        await firm.dee.ask("GET", f"/org-rbac/v1/companies/{firm.company}"),
    ]
    await firm.ada.ask("PUT", path, {"status": "active"}, expect=204)

    assert profile.status_code == 200
    assert {(a.status_code, a.json()["code"]) for a in refused} == {(403, "account-deactivated")}
    assert (await firm.dee.ask("GET", f"/org-rbac/v1/companies/{firm.company}")).status_code == 200


@pytest.mark.req("ORG-24", part="without groups and keys")
async def test_removal_from_the_company_takes_everything_there(firm) -> None:
    await firm.ada.ask("DELETE", f"{firm.company_members}/{firm.bob.user_id}", expect=204)

    mine = await firm.bob.get("/org-rbac/v1/me/access")

    assert mine["companies"] == []
    assert (await firm.bob.ask("GET", firm.members)).status_code == 404


@pytest.mark.req("ORG-24", part="without groups and keys")
async def test_removing_somebody_who_is_not_there_is_not_found(firm, arrive) -> None:
    eve: Visitor = await arrive()

    answers = [
        await firm.ada.ask("DELETE", f"{firm.members}/{eve.user_id}"),
        await firm.ada.ask("DELETE", f"{firm.company_members}/{eve.user_id}"),
        await firm.ada.ask("PUT", f"{firm.members}/{eve.user_id}/role", {"role": "member"}),
    ]

    assert {a.status_code for a in answers} == {404}
