"""Invitations by e-mail."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from finops_common.acting import Acting
from finops_common.db.scopes import SYSTEM
from finops_common.testing.services import House
from finops_sandbox.visitor import Visitor

ACCEPT = "/org-rbac/v1/invitations/acceptances"


@pytest.fixture
async def office(arrive) -> tuple[Visitor, str, str]:
    """An Owner, the company and an organization."""
    ada = await arrive(name="Ada")
    company = await ada.found_company()
    return ada, company, await ada.open_organization(company)


def invitations(company: str) -> str:
    return f"/org-rbac/v1/companies/{company}/invitations"


@pytest.mark.req("ORG-23", part="by e-mail")
async def test_a_new_person_joins_with_the_role_offered(office, visitor) -> None:
    ada, company, organization = office
    bob: Visitor = visitor(name="Bob")
    roles = [{"organization_id": organization, "role": "admin"}]
    await ada.post(invitations(company), {"email": bob.email.upper(), "roles": roles})

    await bob.arrive()
    token = await bob.mailed_token("accept-invitation")
    joined = await bob.post(ACCEPT, {"token": token}, expect=200)

    assert joined == {"company_id": company, "owner": False, "roles": roles}
    listed = (await ada.get(invitations(company)))["items"]
    assert [i["state"] for i in listed] == ["accepted"]


@pytest.mark.req("ORG-23", part="as Owner")
async def test_an_owner_invites_an_owner_and_nobody_else_does(office, arrive) -> None:
    ada, company, organization = office
    bob, cem = await arrive(name="Bob"), await arrive(name="Cem")
    await ada.invite(company, bob, roles=[{"organization_id": organization, "role": "admin"}])

    refused = await bob.ask("POST", invitations(company), {"email": cem.email, "owner": True})
    await ada.invite(company, cem, owner=True)

    assert (refused.status_code, refused.json()["code"]) == (403, "standing-too-high")
    mine = await cem.get("/org-rbac/v1/me/access")
    assert mine["companies"][0]["owner"] is True


@pytest.mark.req("ORG-23", part="by e-mail")
@pytest.mark.req("ORG-12")
async def test_an_admin_invites_into_their_own_organization_only(office, arrive) -> None:
    ada, company, organization = office
    sealed = await ada.open_organization(company, "Sealed")
    bob = await arrive(name="Bob")
    await ada.invite(company, bob, roles=[{"organization_id": organization, "role": "admin"}])

    own = {"email": "x@example.com", "roles": [{"organization_id": organization, "role": "member"}]}
    others = {"email": "x@example.com", "roles": [{"organization_id": sealed, "role": "member"}]}

    assert (await bob.ask("POST", invitations(company), own)).status_code == 201
    assert (await bob.ask("POST", invitations(company), others)).status_code == 404


@pytest.mark.req("ORG-23", part="by e-mail")
async def test_a_link_is_for_one_address_and_one_use(office, arrive) -> None:
    ada, company, organization = office
    bob, eve = await arrive(name="Bob"), await arrive(name="Eve")
    roles = [{"organization_id": organization, "role": "member"}]
    await ada.post(invitations(company), {"email": bob.email, "roles": roles})
    token = await bob.mailed_token("accept-invitation")

    stolen = await eve.ask("POST", ACCEPT, {"token": token})
    answers = await asyncio.gather(*(bob.ask("POST", ACCEPT, {"token": token}) for _ in range(3)))

    assert (stolen.status_code, stolen.json()["code"]) == (422, "invitation-invalid")
    assert sorted(a.status_code for a in answers) == [200, 422, 422]


@pytest.mark.req("ORG-23", part="by e-mail")
async def test_a_cancelled_or_replaced_invitation_does_not_work(office, arrive) -> None:
    ada, company, organization = office
    bob = await arrive(name="Bob")
    roles = [{"organization_id": organization, "role": "member"}]
    first = await ada.post(invitations(company), {"email": bob.email, "roles": roles})
    first_token = await bob.mailed_token("accept-invitation")
    second = await ada.post(invitations(company), {"email": bob.email, "roles": roles})
    second_token = await bob.mailed_token("accept-invitation", newest_of=2)

    replaced = await bob.ask("POST", ACCEPT, {"token": first_token})
    await ada.ask("DELETE", f"{invitations(company)}/{second['id']}", expect=204)
    cancelled = await bob.ask("POST", ACCEPT, {"token": second_token})

    assert (replaced.status_code, cancelled.status_code) == (422, 422)
    states = {i["id"]: i["state"] for i in (await ada.get(invitations(company)))["items"]}
    assert states == {first["id"]: "cancelled", second["id"]: "cancelled"}


@pytest.mark.req("ORG-23", part="by e-mail")
async def test_an_invitation_expires_after_seven_days_and_can_be_sent_again(
    office, arrive, people: House
) -> None:
    ada, company, organization = office
    bob = await arrive(name="Bob")
    roles = [{"organization_id": organization, "role": "member"}]
    made = await ada.post(invitations(company), {"email": bob.email, "roles": roles})
    token = await bob.mailed_token("accept-invitation")
    too_soon = await ada.ask("POST", f"{invitations(company)}/{made['id']}/sending")
    await _age(people, made["id"], timedelta(days=7))

    expired = await bob.ask("POST", ACCEPT, {"token": token})
    listed = (await ada.get(invitations(company)))["items"]
    await ada.post(f"{invitations(company)}/{made['id']}/sending", expect=202)
    fresh = await bob.mailed_token("accept-invitation", newest_of=2)

    assert too_soon.status_code == 429
    assert (expired.status_code, listed[0]["state"]) == (422, "expired")
    assert (await bob.ask("POST", ACCEPT, {"token": token})).status_code == 422
    assert (await bob.ask("POST", ACCEPT, {"token": fresh})).status_code == 200


@pytest.mark.req("ORG-24", part="without groups and keys")
async def test_removal_from_the_company_ends_pending_invitations(office, arrive) -> None:
    ada, company, organization = office
    bob = await arrive(name="Bob")
    await ada.invite(company, bob, roles=[{"organization_id": organization, "role": "member"}])
    await ada.post(invitations(company), {"email": bob.email, "owner": True})
    token = await bob.mailed_token("accept-invitation", newest_of=2)

    await ada.ask("DELETE", f"/org-rbac/v1/companies/{company}/members/{bob.user_id}", expect=204)

    assert (await bob.ask("POST", ACCEPT, {"token": token})).status_code == 422


async def _age(people: House, invitation_id: str, by: timedelta) -> None:
    """Let an invitation have been sent `by` earlier."""
    async with people.running["org-rbac"].database.transaction(Acting(SYSTEM)) as tx:
        await tx.execute(
            text(
                "UPDATE invitations SET sent_at = sent_at - CAST(:by AS interval),"
                " expires_at = expires_at - CAST(:by AS interval) WHERE id = :id"
            ),
            {"by": by, "id": invitation_id},
        )
