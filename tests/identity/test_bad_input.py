"""What no honest client sends is refused by name, and not echoed."""

import json

import pytest
from tests.identity.conftest import Person

SIGN_UP = {
    "email": "ada@example.com",
    "password": "four words nobody guesses",
    "full_name": "Ada",
    "company_name": "Engines",
    "terms_version": "1",
    "privacy_version": "1",
}


@pytest.mark.req("ID-50")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "not an address"),
        ("email", "a@b"),
        ("email", "ada@example.com\r\nBcc: everybody@example.com"),
        ("email", "a" * 65 + "@example.com"),
        ("email", f"a@{'b' * 300}.com"),
        ("email", 7),
        ("email", None),
        ("password", 123456789012345),
        ("password", "x" * 1025),
        ("full_name", ""),
        ("full_name", "   "),
        ("full_name", "x" * 201),
        ("full_name", "Ada\x00"),
        ("full_name", "Ada\u202egnp.exe"),
        ("full_name", ["Ada"]),
        ("phone", "call me"),
        ("phone", "+82\n10 1234 5678"),
        ("language", "fr"),
        ("marketing", "yes"),
        ("marketing", 1),
        ("admin", True),
        ("terms_version", {"version": 1}),
    ],
)
async def test_a_bad_field_is_named(somebody: Person, field: str, value: object) -> None:
    refused = await somebody.ask("POST", "/accounts", SIGN_UP | {field: value})

    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in refused.json()["errors"]] == [f"body.{field}"]


@pytest.mark.req("ID-50")
async def test_every_bad_field_is_named_at_once(somebody: Person) -> None:
    refused = await somebody.ask("POST", "/accounts", {"email": 7, "extra": 1})

    named = {error["field"] for error in refused.json()["errors"]}
    assert named == {f"body.{name}" for name in (*SIGN_UP, "extra")}


@pytest.mark.req("ID-50")
@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"email": ', b"[" * 100_000])
async def test_broken_json_is_unreadable(somebody: Person, body: bytes) -> None:
    answer = await somebody.http.post(
        f"{somebody.identity}/identity/v1/accounts",
        content=body,
        headers={"Content-Type": "application/json"},
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable-body")


@pytest.mark.req("ID-50")
async def test_half_a_character_is_refused(somebody: Person) -> None:
    body = SIGN_UP | {"password": "half of a \ud83d pair here"}

    answer = await somebody.http.post(
        f"{somebody.identity}/identity/v1/accounts",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body.password"


@pytest.mark.req("ID-50")
@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/me/sessions/no-uuid"), ("DELETE", "/me/sessions/0")],
)
async def test_an_id_that_is_none_is_refused(ada: Person, method: str, path: str) -> None:
    assert (await ada.ask(method, path)).status_code == 422


@pytest.mark.req("ID-50")
@pytest.mark.parametrize("language", ["ko", "ja", "en"])
async def test_a_refusal_speaks_the_language_asked_for(somebody: Person, language: str) -> None:
    refused = await somebody.ask(
        "POST", "/email-verifications", {"token": "none"}, Accept_Language=language
    )

    titles = {
        "ko": "이 링크는 더 이상 유효하지 않습니다",
        "ja": "このリンクは無効です",
        "en": "This link no longer works",
    }
    assert refused.json()["title"] == titles[language]
