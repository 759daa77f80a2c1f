"""The tenant prober: every operation with a stranger's eyes, made from the OpenAPI documents."""

import base64
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from finops_common.testing.services import House
from finops_sandbox.documents import committed
from finops_sandbox.environment import SERVICES
from finops_sandbox.visitor import Visitor

UNKNOWN = str(uuid.UUID(int=7))


@dataclass(frozen=True)
class Operation:
    """One route of one service; `tenant` when its path names one."""

    service: str
    method: str
    path: str
    internal: bool
    public: bool
    takes_body: bool

    @property
    def tenant(self) -> bool:
        return "{organization_id}" in self.path or "{company_id}" in self.path

    def at(self, ids: dict[str, str]) -> str:
        """The path with ids filled in; what is not named is somebody's unknown id."""
        return re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], UNKNOWN), self.path)


def _operations() -> Iterator[Operation]:
    for service in SERVICES:
        for document, internal in zip(committed(service), (False, True), strict=True):
            for path, item in document["paths"].items():
                for method, found in item.items():
                    public = not internal and not found.get("security")
                    full = f"/internal{path}" if internal else path
                    body = "requestBody" in found
                    yield Operation(service, method.upper(), full, internal, public, body)


OPERATIONS = list(_operations())
OUTSIDE = [operation for operation in OPERATIONS if not operation.internal]


@dataclass
class Scene:
    """A victim with a company and an organization, and a stranger with their own."""

    house: House
    victim: Visitor
    stranger: Visitor
    ids: dict[str, str]

    async def call(self, operation: Operation, token: str | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.house.http.request(
            operation.method,
            self.house.url(operation.service) + operation.at(self.ids),
            json={} if operation.takes_body else None,
            headers=headers,
        )


@pytest.fixture(scope="module")
async def scene(whole: House, mail_url: str) -> Scene:
    victim = await Visitor(whole.url, whole.http, mail_url, name="Victim").arrive()
    stranger = await Visitor(whole.url, whole.http, mail_url, name="Stranger").arrive()
    company = await victim.found_company("Sealed Secrets")
    organization = await victim.open_organization(company, "Vault")
    await stranger.open_organization(await stranger.found_company("Strangers"))
    ids = {"company_id": company, "organization_id": organization, "user_id": victim.user_id}
    return Scene(whole, victim, stranger, ids)


@pytest.mark.req("PLAT-5", part="another tenant's ids")
@pytest.mark.timeout(300)
async def test_a_stranger_gets_nothing_of_another_tenant(scene: Scene) -> None:
    for operation in OUTSIDE:
        if not operation.tenant:
            continue
        answer = await scene.call(operation, scene.stranger.token)
        assert answer.status_code == 404, f"{operation}: {answer.status_code} {answer.text[:200]}"
        _shows_nothing(answer)


@pytest.mark.req("PLAT-5", part="no token, a wrong token")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["none", "nonsense", "service", "forged"])
async def test_who_shows_no_valid_token_is_refused(
    scene: Scene, service_token: Callable[[str, str], str], kind: str
) -> None:
    for operation in OUTSIDE:
        if operation.public:
            continue
        tokens = {
            "none": None,
            "nonsense": "a.b.c",
            "service": service_token("billing", operation.service),
            "forged": _without_signature(scene.victim.token or ""),
        }
        answer = await scene.call(operation, tokens[kind])
        assert answer.status_code == 401, f"{operation}: {answer.status_code} {answer.text[:200]}"
        _shows_nothing(answer)


@pytest.mark.req("PLAT-5", part="internal routes")
@pytest.mark.timeout(300)
async def test_internal_operations_refuse_all_but_services(
    scene: Scene, service_token: Callable[[str, str], str]
) -> None:
    for operation in OPERATIONS:
        if not operation.internal:
            continue
        another = "billing" if operation.service != "billing" else "identity"
        for token in (None, "a.b.c", scene.victim.token, service_token("ingestion", another)):
            answer = await scene.call(operation, token)
            assert answer.status_code == 401, f"{operation}: {answer.status_code}"
            _shows_nothing(answer)


def _shows_nothing(answer: httpx.Response) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Sealed Secrets" not in answer.text
    assert "Vault" not in answer.text


def _without_signature(token: str) -> str:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode()
    return f"{header.rstrip('=')}.{token.split('.')[1]}."


def test_every_service_is_probed() -> None:
    probed: dict[str, Any] = {operation.service: operation for operation in OPERATIONS}

    assert set(probed) == set(SERVICES)
