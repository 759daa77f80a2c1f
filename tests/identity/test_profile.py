"""The own profile, consents, and what is left to the deactivated."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import httpx
import pytest
from tests.identity.conftest import Person, Topics

from finops_common.contracts.identity import ConsentChanged, EmailChanged, UserChanged
from finops_common.testing.services import Running


@pytest.mark.req("ID-5", part="profile")
async def test_a_profile_is_changed_field_by_field(ada: Person, topics: Topics) -> None:
    body = {"full_name": "Ada King", "department": "R&D", "phone": None, "language": "ja"}

    changed = await ada.ask("PATCH", "/me", body)

    assert changed.status_code == 200
    me = (await ada.ask("GET", "/me")).json()
    assert body.items() <= me.items()
    event = (await topics.events(UserChanged, me["id"]))[-1]
    assert event.data.full_name == "Ada King"
    assert event.data.before == {
        "full_name": "Ada Lovelace",
        "department": None,
        "phone": None,
        "language": "en",
    }
    assert event.data.after == body


@pytest.mark.req("ID-5", part="profile")
async def test_changing_nothing_changes_nothing(ada: Person) -> None:
    before = await ada.ask("GET", "/me")

    after = await ada.ask("PATCH", "/me", {"full_name": "Ada Lovelace"})

    assert after.headers["ETag"] == before.headers["ETag"]


@pytest.mark.req("PLAT-4", part="If-Match on the profile")
async def test_a_profile_that_changed_meanwhile_is_not_overwritten(ada: Person) -> None:
    etag = (await ada.ask("GET", "/me")).headers["ETag"]

    first = await ada.ask("PATCH", "/me", {"full_name": "First"}, If_Match=etag)
    second = await ada.ask("PATCH", "/me", {"full_name": "Second"}, If_Match=etag)

    assert (first.status_code, second.status_code) == (200, 412)


@pytest.mark.req("ID-5", part="consent")
@pytest.mark.req("PRIV-8", part="marketing, given and withdrawn")
async def test_marketing_consent_is_given_with_its_text_and_withdrawn_as_easily(
    ada: Person, topics: Topics
) -> None:
    unnamed = await ada.ask("PATCH", "/me", {"marketing": True})
    body = {"marketing": True, "marketing_text_version": "m-7"}
    assert (await ada.ask("PATCH", "/me", body)).json()["marketing"] is True
    assert (await ada.ask("PATCH", "/me", {"marketing": False})).json()["marketing"] is False

    consents = (await ada.ask("GET", "/me/consents")).json()["items"]

    assert unnamed.json()["code"] == "consent-text-needed"
    assert [(c["given"], c["text_version"], c["source"]) for c in consents[:2]] == [
        (False, "m-7", "profile"),
        (True, "m-7", "profile"),
    ]
    assert consents[0]["at"] > consents[1]["at"]
    me = (await ada.ask("GET", "/me")).json()["id"]
    events = await topics.events(ConsentChanged, me, 4)
    assert [event.data.given for event in events[-2:]] == [True, False]


@pytest.mark.req("ID-5", part="e-mail")
@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
async def test_a_new_e_mail_counts_once_both_addresses_have_confirmed(
    ada: Person, topics: Topics, order: tuple[str, str]
) -> None:
    old, new = ada.email, f"new-{ada.email}"
    tokens = await _ask_change(ada, new)

    first, second = [
        (await ada.ask("POST", "/email-changes", {"token": tokens[who]})).json() for who in order
    ]

    assert (first, second) == ({"changed": False}, {"changed": True})
    me = (await ada.ask("GET", "/me")).json()
    assert (me["email"], me["email_verified"]) == (new, True)
    assert (await ada.elsewhere(email=new).log_in()).status_code == 201
    assert (await ada.elsewhere(email=old).log_in()).status_code == 401
    event = (await topics.events(EmailChanged, me["id"]))[0]
    assert (event.data.before, event.data.after) == ({"email": old}, {"email": new})


@pytest.mark.req("ID-5", part="e-mail")
async def test_both_confirmations_at_once_change_the_e_mail(ada: Person) -> None:
    tokens = await _ask_change(ada, f"new-{ada.email}")

    answers = await asyncio.gather(
        *(ada.ask("POST", "/email-changes", {"token": token}) for token in tokens.values())
    )

    assert sorted(answer.json()["changed"] for answer in answers) == [False, True]


@pytest.mark.req("ID-2")
async def test_an_e_mail_change_does_not_tell_whether_the_address_has_an_account(
    ada: Person, bob: Person
) -> None:
    known = await ada.ask(
        "POST", "/me/email-changes", {"new_email": bob.email, "password": ada.password}
    )
    unknown = await bob.ask(
        "POST", "/me/email-changes", {"new_email": f"new-{bob.email}", "password": bob.password}
    )

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    token = await ada.link("Confirm the change")
    assert (await ada.ask("POST", "/email-changes", {"token": token})).json() == {"changed": False}
    assert not [m for m in await bob.mails() if "Confirm your new" in m["subject"]]


@pytest.mark.req("ID-5", part="e-mail")
async def test_an_address_taken_meanwhile_is_not_taken_away(ada: Person, bob: Person) -> None:
    wanted = f"wanted-{ada.email}"
    adas, bobs = await _ask_change(ada, wanted), await _ask_change(bob, wanted, mails=2)
    for token in adas.values():
        await ada.ask("POST", "/email-changes", {"token": token})

    await bob.ask("POST", "/email-changes", {"token": bobs["old"]})
    late = await bob.ask("POST", "/email-changes", {"token": bobs["new"]})

    assert (late.status_code, late.json()["code"]) == (422, "link-invalid")
    assert (await bob.ask("GET", "/me")).json()["email"] == bob.email


@pytest.mark.req("ID-3")
async def test_an_e_mail_that_the_password_contains_is_refused(ada: Person) -> None:
    body = {"new_email": f"{ada.password.replace(' ', '')}@example.com", "password": ada.password}

    refused = await ada.ask("POST", "/me/email-changes", body)

    assert (refused.status_code, refused.json()["code"]) == (422, "password-refused")


@pytest.mark.req("ID-7")
async def test_who_is_deactivated_everywhere_reads_the_own_profile_and_nothing_else(
    ada: Person, bob: Person, org_rbac: Running
) -> None:
    members = await _hire(org_rbac, owner=bob, newcomer=ada)

    me = (await ada.ask("GET", "/me")).json()
    await _set_status(bob, f"{members}/{me['id']}", "deactivated")
    await _until(lambda: ada.ask("PATCH", "/me", {"department": "R&D"}), 403)
    refused = await ada.ask("PATCH", "/me", {"department": "R&D"})

    assert refused.json()["code"] == "account-deactivated"
    again = ada.elsewhere()
    assert (await again.log_in()).status_code == 201
    assert (await again.ask("GET", "/me")).json() == me
    await _set_status(bob, f"{members}/{me['id']}", "active")
    await _until(lambda: ada.ask("PATCH", "/me", {"department": "R&D"}), 200)


async def _hire(org_rbac: Running, owner: Person, newcomer: Person) -> str:
    """Make `newcomer` a member of a company that `owner` founds; the URL of its members."""
    companies = f"{org_rbac.url}/org-rbac/v1/companies"
    founding = {"name": "Analytical Engines", "region": "KR"}
    made = await owner.http.post(companies, json=founding, headers=_bearer(owner))
    company = f"{companies}/{made.json()['id']}"
    invitation = {"email": newcomer.email, "owner": True}
    answer = await owner.http.post(
        f"{company}/invitations", json=invitation, headers=_bearer(owner)
    )
    assert answer.status_code == 201, answer.text
    text = (await newcomer.mails(least=2))[0]["text"]
    found = re.search(r"token=([\w-]+)", text)
    assert found
    accepted = await newcomer.http.post(
        f"{org_rbac.url}/org-rbac/v1/invitations/acceptances",
        json={"token": found[1]},
        headers=_bearer(newcomer),
    )
    assert accepted.status_code == 200, accepted.text
    return f"{company}/members"


async def _set_status(owner: Person, url: str, status: str) -> None:
    body = {"status": status, "reason": "a test"}
    answer = await owner.http.put(f"{url}/status", json=body, headers=_bearer(owner))
    assert answer.status_code == 204, answer.text


def _bearer(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.tokens['access_token']}"}


async def _until(ask: Callable[[], Awaitable[httpx.Response]], status: int) -> None:
    """Within a second the answer is `status`."""
    async with asyncio.timeout(1):
        while (await ask()).status_code != status:
            await asyncio.sleep(0.05)


async def _ask_change(person: Person, new: str, mails: int = 1) -> dict[str, str]:
    body = {"new_email": new, "password": person.password}
    assert (await person.ask("POST", "/me/email-changes", body)).status_code == 202
    return {
        "old": await person.link("Confirm the change"),
        "new": await person.link("Confirm your new", to=new, newest_of=mails),
    }
