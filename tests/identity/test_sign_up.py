"""Signing up and proving the address."""

import asyncio

import pytest
from sqlalchemy import text
from tests.identity.conftest import Person, Topics

from finops_common.acting import Acting
from finops_common.contracts.identity import ConsentChanged, UserRegistered, UserVerified
from finops_common.db.scopes import SYSTEM
from finops_common.testing.services import Running


@pytest.mark.req("ID-1")
async def test_signing_up_and_opening_the_link_verifies_the_address(
    somebody: Person, topics: Topics
) -> None:
    answer = await somebody.sign_up(department="R&D", phone="+82 10 1234 5678", language="ko")
    assert answer.status_code == 202
    token = await somebody.link("이메일 주소를 확인")
    assert (await somebody.ask("POST", "/email-verifications", {"token": token})).status_code == 204
    await somebody.log_in()

    me = (await somebody.ask("GET", "/me")).json()

    assert me["email_verified"] is True
    assert (me["department"], me["phone"], me["language"]) == ("R&D", "+82 10 1234 5678", "ko")
    assert (await topics.events(UserRegistered, me["id"]))[0].version == 1
    assert (await topics.events(UserVerified, me["id"]))[0].version == 2


@pytest.mark.req("ID-1")
@pytest.mark.req("PRIV-8", part="at sign-up, with version, time and source")
async def test_terms_privacy_and_marketing_consent_are_recorded_with_their_versions(
    somebody: Person, topics: Topics
) -> None:
    await somebody.sign_up(marketing=True, marketing_text_version="m-3", terms_version="t-1")
    await somebody.log_in()

    consents = (await somebody.ask("GET", "/me/consents")).json()["items"]

    assert {(c["kind"], c["text_version"], c["given"], c["source"]) for c in consents} == {
        ("terms", "t-1", True, "sign-up"),
        ("privacy", "2026-10-01", True, "sign-up"),
        ("marketing", "m-3", True, "sign-up"),
    }
    me = (await somebody.ask("GET", "/me")).json()
    assert len(await topics.events(ConsentChanged, me["id"], 3)) == 3


@pytest.mark.req("ID-1")
async def test_marketing_is_off_unless_given_with_the_version_of_its_text(
    somebody: Person,
) -> None:
    refused = await somebody.sign_up(marketing=True)
    await somebody.sign_up()
    await somebody.log_in()

    assert (refused.status_code, refused.json()["code"]) == (422, "consent-text-needed")
    assert (await somebody.ask("GET", "/me")).json()["marketing"] is False


@pytest.mark.req("ID-1")
async def test_before_the_address_is_proven_only_the_profile_works(
    somebody: Person, org_rbac: Running
) -> None:
    await somebody.sign_up()
    await somebody.log_in()

    assert (await somebody.ask("GET", "/me")).json()["email_verified"] is False
    assert (await somebody.ask("PATCH", "/me", {"department": "R&D"})).status_code == 200
    refused = await somebody.http.post(
        f"{org_rbac.url}/org-rbac/v1/companies",
        json={"name": "Analytical Engines", "region": "KR"},
        headers={"Authorization": f"Bearer {somebody.tokens['access_token']}"},
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "email-not-verified")


@pytest.mark.req("ID-1")
async def test_a_link_works_once_and_for_its_purpose_only(somebody: Person) -> None:
    await somebody.sign_up()
    token = await somebody.link("Confirm")
    body = {"token": token}

    as_reset = {"token": token, "password": "another four long words"}
    assert (await somebody.ask("PUT", "/password-resets", as_reset)).status_code == 422
    assert (await somebody.ask("POST", "/email-changes", body)).status_code == 422
    assert (await somebody.ask("POST", "/email-verifications", body)).status_code == 204
    again = await somebody.ask("POST", "/email-verifications", body)
    assert (again.status_code, again.json()["code"]) == (422, "link-invalid")


@pytest.mark.req("ID-1")
async def test_of_two_that_open_one_link_at_once_one_is_refused(somebody: Person) -> None:
    await somebody.sign_up()
    body = {"token": await somebody.link("Confirm")}

    answers = await asyncio.gather(
        *(somebody.ask("POST", "/email-verifications", body) for _ in range(4))
    )

    assert sorted(answer.status_code for answer in answers) == [204, 422, 422, 422]


@pytest.mark.req("ID-1")
async def test_the_link_can_be_sent_again_but_not_within_a_minute(
    somebody: Person, identity: Running
) -> None:
    await somebody.sign_up()
    await somebody.log_in()
    first = await somebody.link("Confirm")

    soon = await somebody.ask("POST", "/me/email-verifications")
    await _age_links(identity, somebody, minutes=2)
    at_once = await asyncio.gather(
        *(somebody.ask("POST", "/me/email-verifications") for _ in range(3))
    )
    second = await somebody.link("Confirm", newest_of=2)

    assert (soon.status_code, soon.headers["Retry-After"]) == (429, "60")
    assert sorted(answer.status_code for answer in at_once) == [202, 429, 429]
    for token, status in ((first, 422), (second, 204)):
        answer = await somebody.ask("POST", "/email-verifications", {"token": token})
        assert answer.status_code == status


@pytest.mark.req("ID-1")
async def test_at_most_ten_links_a_day_are_sent(somebody: Person, identity: Running) -> None:
    await somebody.sign_up()
    await somebody.log_in()

    statuses = []
    for _ in range(10):
        await _age_links(identity, somebody, minutes=2)
        statuses.append((await somebody.ask("POST", "/me/email-verifications")).status_code)

    assert statuses == [202] * 9 + [429]


@pytest.mark.req("ID-2")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{}@example.com", "{}@EXAMPLE.com"),
        ("{}é@example.com", "{}e\u0301@example.com"),
        ("ﬁ{}@example.com", "fi{}@example.com"),
    ],
)
async def test_an_address_in_another_case_or_unicode_form_is_the_same(
    somebody: Person, first: str, second: str
) -> None:
    name = somebody.email.partition("@")[0]
    somebody.email = first.format(name)
    await somebody.sign_up()
    me = await somebody.log_in()

    again = await somebody.elsewhere().log_in(email=second.format(name.upper()))

    assert again.status_code == me.status_code == 201


@pytest.mark.req("ID-1")
async def test_plus_addresses_are_kept_as_they_are(somebody: Person) -> None:
    somebody.email = f"a+{somebody.email}"
    await somebody.arrive()

    assert (await somebody.ask("GET", "/me")).json()["email"] == somebody.email


@pytest.mark.req("ID-2")
async def test_signing_up_with_a_known_address_answers_the_same_and_mails_its_owner(
    ada: Person,
) -> None:
    stranger = ada.elsewhere(password="a stranger's long password")

    known = await stranger.sign_up(full_name="Mallory")
    unknown = await stranger.sign_up(email=f"new-{ada.email}")

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert await ada.mails("You already have an account")
    assert (await stranger.log_in()).status_code == 401
    assert (await ada.ask("GET", "/me")).json()["full_name"] == "Ada Lovelace"


@pytest.mark.req("ID-2")
async def test_of_two_sign_ups_at_once_one_makes_the_account(somebody: Person) -> None:
    answers = await asyncio.gather(*(somebody.sign_up() for _ in range(4)))

    assert {answer.status_code for answer in answers} == {202}
    assert len(await somebody.mails("Confirm")) == 1
    assert len(await somebody.mails("You already have an account")) == 1


async def _age_links(identity: Running, person: Person, minutes: int) -> None:
    """As if the person's links had been mailed `minutes` earlier."""
    user_id = (await person.ask("GET", "/me")).json()["id"]
    async with identity.database.transaction(Acting(SYSTEM)) as tx:
        await tx.execute(
            text(
                "UPDATE email_links SET created_at = created_at - make_interval(mins => :m)"
                " WHERE user_id = :user"
            ),
            {"m": minutes, "user": user_id},
        )
