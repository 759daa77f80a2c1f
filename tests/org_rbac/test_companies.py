"""Companies and organizations."""

import asyncio

import pytest

from finops_sandbox.visitor import Visitor


@pytest.mark.req("ORG-1", part="without people from outside")
async def test_who_founds_a_company_owns_it(arrive) -> None:
    ada: Visitor = await arrive()

    company = await ada.found_company("Analytical Engines", region="KR")

    found = await ada.get(f"/org-rbac/v1/companies/{company}")
    assert (found["name"], found["region"], found["currency"]) == (
        "Analytical Engines",
        "KR",
        "USD",
    )
    mine = await ada.get("/org-rbac/v1/me/access")
    assert [(c["id"], c["owner"]) for c in mine["companies"]] == [(company, True)]


@pytest.mark.req("ORG-1", part="without people from outside")
async def test_one_person_may_own_several_companies(arrive) -> None:
    ada: Visitor = await arrive()

    companies = {await ada.found_company("One"), await ada.found_company("Two")}

    mine = await ada.get("/org-rbac/v1/me/access")
    assert {c["id"] for c in mine["companies"]} == companies


@pytest.mark.req("ORG-1", part="without people from outside")
async def test_only_a_proven_address_founds_a_company(visitor) -> None:
    unproven: Visitor = visitor()
    await unproven.sign_up()
    await unproven.log_in()

    answer = await unproven.ask("POST", "/org-rbac/v1/companies", {"name": "Hasty", "region": "US"})

    assert (answer.status_code, answer.json()["code"]) == (403, "email-not-verified")


@pytest.mark.req("ORG-1", part="without people from outside")
@pytest.mark.req("PLAT-4", part="If-Match")
async def test_owners_change_the_company_they_have_seen(firm) -> None:
    path = f"/org-rbac/v1/companies/{firm.company}"
    seen = (await firm.ada.ask("GET", path)).headers["etag"]

    changed = await firm.ada.ask("PATCH", path, {"time_zone": "Asia/Seoul"}, **{"If-Match": seen})
    stale = await firm.ada.ask("PATCH", path, {"time_zone": "UTC"}, **{"If-Match": seen})
    admin = await firm.bob.ask("PATCH", path, {"time_zone": "UTC"})

    assert (changed.status_code, changed.json()["time_zone"]) == (200, "Asia/Seoul")
    assert (stale.status_code, admin.status_code) == (412, 403)


@pytest.mark.req("PLAT-4", part="Idempotency-Key")
async def test_founding_twice_with_one_key_founds_once(arrive) -> None:
    ada: Visitor = await arrive()
    body, key = {"name": "Once", "region": "US"}, {"Idempotency-Key": "founding-once-1"}

    first = await ada.ask("POST", "/org-rbac/v1/companies", body, **key)
    again = await ada.ask("POST", "/org-rbac/v1/companies", body, **key)
    other = await ada.ask("POST", "/org-rbac/v1/companies", body | {"name": "Twice"}, **key)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()
    assert len((await ada.get("/org-rbac/v1/me/access"))["companies"]) == 1


@pytest.mark.req("ORG-2")
async def test_of_many_at_once_a_company_gets_ten_organizations(arrive) -> None:
    ada: Visitor = await arrive()
    company = await ada.found_company()
    path = f"/org-rbac/v1/companies/{company}/organizations"

    answers = await asyncio.gather(
        *(ada.ask("POST", path, {"name": f"Team {n}"}) for n in range(14))
    )

    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(answers) - len(refused) == 10
    assert {answer.json()["code"] for answer in refused} == {"too-many-organizations"}
    assert "10" in refused[0].json()["detail"]
    assert len((await ada.get(path))["items"]) == 10


@pytest.mark.req("ORG-2")
async def test_names_are_unique_without_regard_to_case(firm) -> None:
    path = f"/org-rbac/v1/companies/{firm.company}/organizations"

    made = await firm.ada.ask("POST", path, {"name": "pLATform"})
    renamed = await firm.ada.ask("PATCH", f"{path}/{firm.payments}", {"name": "PLATFORM"})

    assert (made.status_code, made.json()["code"]) == (409, "name-taken")
    assert (renamed.status_code, renamed.json()["code"]) == (409, "name-taken")


@pytest.mark.req("ORG-2")
async def test_an_organization_is_renamed_and_deleted(firm) -> None:
    path = f"/org-rbac/v1/companies/{firm.company}/organizations"

    renamed = await firm.ada.ask("PATCH", f"{path}/{firm.payments}", {"name": "Billing"})
    wrong = await firm.ada.ask("POST", f"{path}/{firm.payments}/deletion", {"name": "Payments"})
    await firm.ada.ask("POST", f"{path}/{firm.payments}/deletion", {"name": "Billing"}, expect=204)

    assert renamed.json()["name"] == "Billing"
    assert wrong.json()["code"] == "name-not-repeated"
    assert [o["name"] for o in (await firm.ada.get(path))["items"]] == ["Platform"]
    await firm.ada.open_organization(firm.company, "Billing")


@pytest.mark.req("ORG-5", part="org-rbac")
async def test_an_organization_shows_nothing_of_another(firm) -> None:
    dee = firm.dee
    listed = await dee.get(f"/org-rbac/v1/companies/{firm.company}/organizations")
    theirs = await dee.ask("GET", f"/org-rbac/v1/organizations/{firm.payments}/members")
    members = await firm.bob.get(firm.members)

    assert [o["id"] for o in listed["items"]] == [firm.platform]
    assert theirs.status_code == 404
    for member in members["items"]:
        assert {o["organization_id"] for o in member["organizations"]} <= {firm.platform}


@pytest.mark.req("ORG-5", part="org-rbac")
@pytest.mark.req("PLAT-5", part="org-rbac")
async def test_a_stranger_cannot_tell_what_exists(firm, arrive) -> None:
    eve: Visitor = await arrive(name="Eve")
    nobody = "01920000-0000-7000-8000-000000000000"

    for there, nowhere in (
        (f"companies/{firm.company}", f"companies/{nobody}"),
        (f"companies/{firm.company}/members", f"companies/{nobody}/members"),
        (f"organizations/{firm.platform}/members", f"organizations/{nobody}/members"),
    ):
        one = await eve.ask("GET", f"/org-rbac/v1/{there}")
        other = await eve.ask("GET", f"/org-rbac/v1/{nowhere}")
        assert one.status_code == other.status_code == 404
        assert one.json() | {"request_id": ""} == other.json() | {"request_id": ""}
