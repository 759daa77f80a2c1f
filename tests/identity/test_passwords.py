"""Which passwords are taken, how they are kept, changed and reset."""

import asyncio

import pytest
from argon2 import PasswordHasher as Argon2
from argon2 import extract_parameters
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from tests.identity.conftest import CHROME, Person, Topics

from finops_common.acting import Acting
from finops_common.contracts.identity import PasswordChanged, SessionEnded, UserVerified
from finops_common.db.scopes import SYSTEM
from finops_common.testing.services import Running
from finops_identity.accounts.tables import users
from finops_identity.passwords.domain import PasswordRules
from finops_identity.passwords.hashing import shipped_blocklist

RULES = PasswordRules(shipped_blocklist())
NEW = "quite another set of words"


@pytest.mark.req("ID-3")
@pytest.mark.parametrize(
    ("password", "flaw"),
    [
        ("fourteen chars", "too_short"),
        ("x" * 60 + "y z w" * 14, "too_long"),
        ("password123456789", "too_common"),
        ("passwordpassword", "too_common"),
        ("aaaaaaaaaaaaaaaaaaaa", "too_common"),
        ("i am ada.lovelace today", "contains_identity"),
        ("i am ADALOVELACE today", "contains_identity"),
        ("my analytical-engines key", "contains_identity"),
        ("정말로 아무도 모르는 비밀 문장", None),
        ("                no rule asks for digits", None),
        ("tab\tand\x00control and 🔑 too", None),
    ],
)
def test_a_password_is_refused_for_a_reason(password: str, flaw: str | None) -> None:
    found = RULES.flaw(
        password, email="Ada.Lovelace@example.com", company_name="Analytical Engines"
    )

    assert found == flaw


@pytest.mark.req("ID-3", part="the limit with MFA; MFA itself comes with ID-20")
def test_with_a_second_factor_eight_characters_are_enough() -> None:
    def flaw(password: str, *, mfa: bool) -> str | None:
        return RULES.flaw(password, email="ada@example.com", company_name="Engines", mfa=mfa)

    assert flaw("k9#vLm2q", mfa=False) == "too_short"
    assert flaw("k9#vLm2q", mfa=True) is None
    assert flaw("k9#vLm2", mfa=True) == "too_short"


@given(st.text(min_size=1, max_size=200))
def test_length_alone_decides_what_is_too_short_or_long(password: str) -> None:
    flaw = RULES.flaw(password, email="ada@example.com", company_name="Analytical Engines")

    assert (flaw == "too_short") == (len(password) < 15)
    assert (flaw == "too_long") == (len(password) > 128)


@pytest.mark.req("ID-3")
async def test_a_refused_password_is_named_by_its_reason_and_never_echoed(
    somebody: Person,
) -> None:
    refused = await somebody.sign_up(password=f"my {somebody.email} yes")

    assert refused.status_code == 422
    assert refused.json()["code"] == "password-refused"
    assert refused.json()["errors"][0]["code"] == "contains_identity"
    assert somebody.email not in refused.text


@pytest.mark.req("ID-3")
async def test_any_character_may_stand_in_a_password(somebody: Person) -> None:
    somebody.password = "줄\n바꿈과 \x00 그리고 🔑 모두 허용"
    await somebody.sign_up()

    assert (await somebody.log_in()).status_code == 201


@pytest.mark.req("ID-3")
async def test_passwords_are_kept_as_argon2id_of_19_mib_and_two_passes(
    ada: Person, identity: Running
) -> None:
    parameters = extract_parameters(await _hash_of(identity, ada))

    assert parameters.type.name == "ID"
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2


@pytest.mark.req("ID-3")
async def test_a_weaker_hash_is_made_anew_at_the_next_log_in(
    ada: Person, identity: Running
) -> None:
    weak = Argon2(time_cost=1, memory_cost=1024, parallelism=1).hash(ada.password)
    async with identity.database.transaction(Acting(SYSTEM)) as tx:
        mine = update(users).where(users.c.email == ada.email)
        await tx.execute(mine.values(password_hash=weak))

    assert (await ada.elsewhere().log_in()).status_code == 201

    assert extract_parameters(await _hash_of(identity, ada)).memory_cost >= 19 * 1024
    assert (await ada.elsewhere().log_in()).status_code == 201


@pytest.mark.req("ID-4", part="change")
async def test_a_change_of_password_ends_all_other_sessions(ada: Person, topics: Topics) -> None:
    other = ada.elsewhere()
    await other.log_in()
    body = {"old_password": ada.password, "new_password": NEW}

    assert (await ada.ask("PUT", "/me/password", body)).status_code == 204

    assert (await other.refresh()).status_code == 401
    assert (await ada.refresh()).status_code == 200
    assert (await ada.elsewhere().log_in()).status_code == 401
    assert (await ada.elsewhere(password=NEW).log_in()).status_code == 201
    assert await ada.mails("Your password was changed")
    me = (await ada.ask("GET", "/me")).json()["id"]
    assert (await topics.events(PasswordChanged, me))[0].data.method == "change"
    assert (await topics.events(SessionEnded, me))[0].data.why == "password_changed"


@pytest.mark.req("ID-4", part="change")
async def test_the_old_password_is_asked_for_and_guesses_are_slowed(ada: Person) -> None:
    body = {"old_password": "not the right password", "new_password": NEW}

    statuses = [(await ada.ask("PUT", "/me/password", body)).status_code for _ in range(11)]

    assert statuses == [401] * 10 + [429]
    email = {"new_email": f"new-{ada.email}", "password": "not the right password"}
    assert (await ada.ask("POST", "/me/email-changes", email)).status_code == 429


@pytest.mark.req("ID-4", part="reset")
async def test_a_reset_ends_all_sessions_and_proves_the_address(
    somebody: Person, topics: Topics
) -> None:
    await somebody.sign_up()
    await somebody.log_in()
    me = (await somebody.ask("GET", "/me")).json()["id"]
    body = {"token": await _reset_link(somebody), "password": NEW}

    assert (await somebody.ask("PUT", "/password-resets", body)).status_code == 204

    assert (await somebody.refresh()).status_code == 401
    assert (await somebody.elsewhere().log_in()).status_code == 401
    again = somebody.elsewhere(password=NEW)
    assert (await again.log_in()).status_code == 201
    assert (await again.ask("GET", "/me")).json()["email_verified"] is True
    assert await topics.events(UserVerified, me)
    assert (await topics.events(PasswordChanged, me))[0].data.method == "reset"


@pytest.mark.req("ID-4", part="reset")
async def test_a_reset_link_works_once_but_survives_a_refused_password(ada: Person) -> None:
    body = {"token": await _reset_link(ada), "password": "too short"}

    refused = await ada.ask("PUT", "/password-resets", body)
    first = await ada.ask("PUT", "/password-resets", body | {"password": NEW})
    second = await ada.ask("PUT", "/password-resets", body | {"password": ada.password})

    assert (refused.status_code, refused.json()["code"]) == (422, "password-refused")
    assert first.status_code == 204
    assert (second.status_code, second.json()["code"]) == (422, "link-invalid")


@pytest.mark.req("ID-4", part="reset")
async def test_a_change_of_password_takes_the_power_of_links_mailed_before(ada: Person) -> None:
    token = await _reset_link(ada)
    await ada.ask("PUT", "/me/password", {"old_password": ada.password, "new_password": NEW})

    late = await ada.ask("PUT", "/password-resets", {"token": token, "password": ada.password})

    assert late.status_code == 422


@pytest.mark.req("ID-4", part="reset")
async def test_a_device_known_before_a_reset_is_known_no_more(ada: Person) -> None:
    device = ada.tokens["device_token"]
    body = {"token": await _reset_link(ada), "password": NEW}
    await ada.ask("PUT", "/password-resets", body)

    again = ada.elsewhere(password=NEW, user_agent=CHROME)
    await again.log_in(device_token=device)

    assert again.tokens["device_token"] != device


@pytest.mark.req("ID-2")
async def test_asking_for_a_reset_answers_the_same_for_unknown_addresses(ada: Person) -> None:
    known = await ada.ask("POST", "/password-resets", {"email": ada.email})
    unknown = await ada.ask("POST", "/password-resets", {"email": f"not-{ada.email}"})

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.status_code == 202
    assert await ada.mails("Set a new password")


@pytest.mark.req("ID-4", part="reset")
async def test_many_resets_at_once_mail_one_link(ada: Person) -> None:
    body = {"email": ada.email}

    await asyncio.gather(*(ada.ask("POST", "/password-resets", body) for _ in range(5)))
    await ada.mails("Set a new password")
    await asyncio.sleep(1)

    assert len(await ada.mails("Set a new password")) == 1


@pytest.mark.req("ID-4")
async def test_a_log_in_under_way_does_not_outlive_a_reset(ada: Person) -> None:
    body = {"token": await _reset_link(ada), "password": NEW}
    others = [ada.elsewhere() for _ in range(6)]

    await asyncio.gather(
        ada.ask("PUT", "/password-resets", body), *(other.log_in() for other in others)
    )

    survived = [(await other.refresh()).status_code for other in others if other.tokens]
    assert set(survived) <= {401}


async def _reset_link(person: Person) -> str:
    await person.ask("POST", "/password-resets", {"email": person.email})
    return await person.link("Set a new password")


async def _hash_of(identity: Running, person: Person) -> str:
    async with identity.database.transaction(Acting(SYSTEM)) as tx:
        mine = select(users.c.password_hash).where(users.c.email == person.email)
        return str(await tx.scalar(mine))
