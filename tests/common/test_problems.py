"""Every failure is a problem document in the caller's language, and quotes nothing sent."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.common.probe.service import CANARY, create_app, environment

from finops_common.asgi import MAX_BODY
from finops_common.errors.problem import Forbidden, Problem
from finops_common.i18n import LANGUAGES
from finops_common.settings import ServiceSettings
from finops_sandbox.databases import ServiceDatabase

pytestmark = pytest.mark.req("PLAT-2")


@pytest.fixture
async def http(
    keys: dict[str, str], stored: ServiceDatabase, brokers: str, prefix: str
) -> AsyncIterator[httpx.AsyncClient]:
    """The probe's API, in this process."""
    environ = environment(keys, stored.service_url, brokers, prefix)
    app = create_app(ServiceSettings.from_environment("PROBE_", environ))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://probe/probe/v1") as client,
    ):
        yield client


GOOD = {"name": "hello"}
CASES = [
    ("POST", "/notes", {"content": b"{"}, 400, "unreadable-body"),
    ("POST", "/notes", {"content": b"\xff\xfe"}, 400, "unreadable-body"),
    ("POST", "/notes", {"content": b"[" * 100_000}, 400, "unreadable-body"),
    ("GET", "/me", {}, 401, "unauthenticated"),
    ("GET", "/me", {"headers": {"Authorization": "Bearer x"}}, 401, "unauthenticated"),
    ("GET", "/nothing", {}, 404, "not-found"),
    ("DELETE", "/notes", {}, 405, "method-not-allowed"),
    ("POST", "/notes", {"content": b'"' + b"x" * MAX_BODY + b'"'}, 413, "too-large"),
    ("POST", "/notes", {"content": b"a=1", "type": "text/plain"}, 415, "unsupported-media-type"),
    ("POST", "/notes", {"content": b'{"name":"a"}', "type": ""}, 415, "unsupported-media-type"),
    ("POST", "/notes", {"content": b"{}"}, 422, "invalid-input"),
    ("POST", "/notes", {"content": b'{"name":"a\\ud800"}'}, 422, "invalid-input"),
    ("POST", "/notes", {"content": b'{"name":"a","\\ud800":1}'}, 422, "invalid-input"),
    ("POST", "/notes", {"content": b'{"name":"a","rank":NaN}'}, 422, "invalid-input"),
    ("POST", "/notes", {"content": b"null"}, 422, "invalid-input"),
    ("GET", "/notes/7", {}, 422, "invalid-input"),
]


@pytest.mark.parametrize(("method", "path", "sent", "status", "code"), CASES)
async def test_bad_input_is_answered_by_its_problem(
    http: httpx.AsyncClient,
    method: str,
    path: str,
    sent: dict[str, object],
    status: int,
    code: str,
) -> None:
    kind = sent.get("type", "application/json")
    headers = {"Content-Type": str(kind)} if "content" in sent and kind else {}
    answer = await http.request(
        method,
        path,
        content=sent.get("content"),  # type: ignore[arg-type] # bytes or nothing
        headers=headers | dict(sent.get("headers", {})),  # type: ignore[call-overload] # a mapping
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_body_sent_in_pieces_is_limited_too(http: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * (MAX_BODY // 10)

    answer = await http.post(
        "/notes", content=pieces(), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("asked", "language", "title"),
    [
        (None, "en", "Not found"),
        ("ko-KR,en;q=0.8", "ko", "찾을 수 없습니다"),
        ("fr, ja;q=0.9, en;q=0.1", "ja", "見つかりません"),
    ],
)
async def test_title_and_detail_come_in_the_language_asked_for(
    http: httpx.AsyncClient, asked: str | None, language: str, title: str
) -> None:
    answer = await http.get("/nothing", headers={"Accept-Language": asked} if asked else {})

    assert (answer.headers["content-language"], answer.json()["title"]) == (language, title)


@pytest.mark.req("PRIV-7", part="no input in answers")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": CANARY, "rank": CANARY}, "body.rank"),
        ({"name": f"{CANARY}\x00"}, "body.name"),
        ({"name": "a", "email": CANARY.replace("@", " ")}, "body.email"),
        ({"name": "a", "paper": {"kind": CANARY}}, "body.paper"),
        ({"name": [CANARY]}, "body.name"),
        ({"name": "a", "unknown": CANARY}, "body.unknown"),
        ({"name": CANARY * 100}, "body.name"),
    ],
)
async def test_a_refused_field_is_named_and_its_value_is_not(
    http: httpx.AsyncClient, body: dict[str, object], field: str
) -> None:
    answer = await http.post("/notes", json=body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert CANARY[:10] not in answer.text


async def test_a_fault_of_ours_says_nothing_of_its_cause(http: httpx.AsyncClient) -> None:
    answer = await http.get("/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal-fault")
    assert CANARY not in answer.text
    assert answer.headers["x-request-id"]


async def test_nobody_to_ask_is_503_with_retry_after(http: httpx.AsyncClient) -> None:
    # A token of unknown key: identity would have to be asked, and is not there.
    token = "eyJhbGciOiJFZERTQSIsImtpZCI6IngifQ.e30.e30"  # gitleaks:allow - no token of anybody

    answer = await http.get("/me", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


def test_every_problem_reads_in_three_languages_and_its_facts_are_json() -> None:
    facts: dict[str, Any] = {
        "permission": "a:b",
        "at": datetime(2026, 5, 1, tzinfo=UTC),
        "id": UUID(int=1),
        "sum": Decimal("1.50"),
    }
    for language in LANGUAGES:
        document = Forbidden(**facts).document(language, "request-1")
        assert (document["sum"], document["id"]) == ("1.50", str(UUID(int=1)))
        assert "a:b" in document["detail"]
    texts = [
        getattr(text, language)
        for problem in Problem.__subclasses__()
        for text in (problem.title, problem.advice)
        for language in LANGUAGES
    ]
    assert all(texts)
